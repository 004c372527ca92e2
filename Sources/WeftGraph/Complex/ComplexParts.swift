// SPDX-License-Identifier: Apache-2.0

/// Complex tensors and their parts.
///
/// A complex tensor is a source, the result of control flow or of a mark, or a pair of real tensors.
/// Whatever else is computed of complex numbers is computed of their parts: see ``ComplexOperation``.
extension AnyTensor {
    /// The complex numbers of these parts, which are of one type.
    package static func complex(_ real: AnyTensor, _ imaginary: AnyTensor) -> AnyTensor {
        make(.complex, [real, imaginary])
    }

    /// The real or the imaginary part of complex numbers.
    private func part(isImaginary: Bool) -> AnyTensor {
        .make(.complexPart(isImaginary: isImaginary), [self])
    }

    /// Both parts of complex numbers.
    package var parts: (real: AnyTensor, imaginary: AnyTensor) {
        (part(isImaginary: false), part(isImaginary: true))
    }

    /// Both parts, without going by way of the pairs where they were made from these: for gradients,
    /// which nobody asks for gradients with respect to.
    var knownParts: (real: AnyTensor, imaginary: AnyTensor) {
        guard case .complex = node.op else { return parts }
        return (node.inputs[0], node.inputs[1])
    }

    /// What `body` makes of either part.
    package func ofParts(_ body: (AnyTensor) throws -> AnyTensor) rethrows -> AnyTensor {
        let (real, imaginary) = parts
        return .complex(try body(real), try body(imaginary))
    }

    /// The sum of two gradients of one complex tensor, each of which is often of one part only.
    static func complexSum(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        func sum(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
            if a == .zeros(like: a) { return b }
            return b == .zeros(like: b) ? a : a + b
        }
        let (x, y) = (a.knownParts, b.knownParts)
        return .complex(sum(x.real, y.real), sum(x.imaginary, y.imaginary))
    }
}
