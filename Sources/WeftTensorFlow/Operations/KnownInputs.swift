// SPDX-License-Identifier: Apache-2.0
import Weft

extension AnyTensor {
    /// The elements of a constant; nil for what is computed.
    var constant: NDArray? {
        guard case .primitive(.constant(let value)) = node.op else { return nil }
        return value.array
    }

    /// The numbers of a constant, in row-major order; nil for what is computed.
    var knownNumbers: [Double]? {
        guard dtype.isNumeric, let array = constant else { return nil }
        return array.doubles
    }
}

extension NodeCall {
    /// The only string of an input that is known before anything runs: a pattern, a separator.
    func text(_ position: Int) throws -> String {
        let tensor = try tensor(position)
        if let error = tensor.error { throw error }
        guard tensor.dtype == .string, let strings = try tensor.constant?.byteStrings() else {
            throw error(
                .unsupported,
                "input \(position), \(tensor.type), must be a constant string; make it one")
        }
        guard strings.count == 1 else {
            throw error(
                .malformed, "input \(position) has \(strings.count) strings instead of one")
        }
        return String(decoding: strings[0], as: UTF8.self)
    }
}
