// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What optimizers compute with. Of 16-bit variables slots and steps are of 32 bits: squares of
/// gradients leave the range of f16, and small steps the digits of both types. Only the variable
/// itself is rounded, once a step.
extension VariableHandle {
    /// The type of the variable's slots and of the arithmetic of a step.
    public var stepType: DType { dtype.computing }

    /// The variable becomes its value less a change that is of the step's type.
    public func assign(lessenedBy change: AnyTensor) -> Update {
        assign((value.widened - change).cast(to: dtype))
    }
}

extension Optimizer {
    /// A number of the rule as a scalar; one outside its range carries an error, which names the
    /// optimizer and `what`.
    public func parameter(
        _ what: String, _ number: Double, in range: ParameterRange, as dtype: DType
    ) -> AnyTensor {
        range.problem(what, number, dtype).map { .invalid(name, nil, $0) } ?? .scalar(number, dtype)
    }
}

/// The numbers that a parameter of a rule may be.
public enum ParameterRange: Sendable {
    /// The decay of a moving mean: 1 would never move it.
    case decay
    /// The share of the last step: 1 never forgets.
    case share
    /// What keeps a divisor from 0, or a sum starts from.
    case nonnegative

    /// Why a number, or what becomes of it as `f32` or `f64`, cannot be the parameter `what`; nil when
    /// it can.
    func problem(_ what: String, _ number: Double, _ dtype: DType) -> String? {
        let rounded = dtype.realPart == .float64 ? number : Double(Float(number))
        guard contains(number) else { return "\(what) must be \(text), not \(number)" }
        guard contains(rounded) else {
            return "\(what) must be \(text), not \(number), which is \(rounded) as \(dtype)"
        }
        return nil
    }

    private func contains(_ number: Double) -> Bool {
        switch self {
        case .decay: number >= 0 && number < 1
        case .share: number >= 0 && number <= 1
        case .nonnegative: number >= 0 && number.isFinite
        }
    }

    private var text: String {
        switch self {
        case .decay: "at least 0 and less than 1"
        case .share: "from 0 to 1"
        case .nonnegative: "finite and not negative"
        }
    }
}

// What the rules that keep moving means have in common.
extension Optimizer {
    /// 1 − `decay`: the share of what is new in a moving mean. It is computed in `f64`, as other programs do it,
    /// and rounded then.
    func fresh(_ what: String, _ decay: Double, as dtype: DType) -> AnyTensor {
        let checked = parameter(what, decay, in: .decay, as: dtype)
        return checked.error == nil ? .scalar(1 - decay, dtype) : checked
    }

    /// 1 − decayᵗ: what a moving mean that started from 0 is divided by after t values. It is computed in `f64`.
    func correction(_ decay: Double, after count: AnyTensor, as dtype: DType) -> AnyTensor {
        let power = pow(.scalar(decay, .float64), count.cast(to: .float64))
        return (1 - power).cast(to: dtype)
    }
}

extension VariableHandle {
    /// The moving mean after one more value.
    func moved(to value: AnyTensor, _ fresh: AnyTensor) -> AnyTensor {
        self.value + (value - self.value) * fresh
    }
}
