// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    func window(_ kind: WindowKind, _ attributes: WindowAttributes) -> [AnyTensor?] {
        let x = inputs[0]
        switch kind {
        case .sum: return first(.make(.windowSumGradientLike(attributes), [gradient, x]))
        case .maximum: return first(.make(.maxPoolGradient(attributes), [x, gradient]))
        case .minimum:
            // The least is minus the greatest of the negatives, at the same place.
            return first(.make(.maxPoolGradient(attributes), [-x, gradient]))
        }
    }

    func windowSumGradient(_ attributes: WindowAttributes) -> [AnyTensor?] {
        first(.make(.window(.sum, attributes), [gradient]))
    }

    /// Linear in the gradient that it places; constant in what decides the places.
    func maxPoolGradient(_ attributes: WindowAttributes) -> [AnyTensor?] {
        [nil, isNeeded(1) ? .make(.maxPoolPick(attributes), [inputs[0], gradient]) : nil]
    }

    func maxPoolPick(_ attributes: WindowAttributes) -> [AnyTensor?] {
        [nil, isNeeded(1) ? .make(.maxPoolGradient(attributes), [inputs[0], gradient]) : nil]
    }
}
