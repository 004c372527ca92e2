// SPDX-License-Identifier: Apache-2.0

/// What an einsum equation says, for operands of known rank.
///
/// Labels are numbers: a letter's is its scalar value, and the axes that an ellipsis stands for are
/// −1, −2, ... from the last one, so that ellipses of different lengths line up at the end.
struct EinsumEquation {
    var inputs: [[Int]]
    var output: [Int]

    init(_ text: String, ranks: [Int]) throws {
        let equation = String(text.filter { $0 != " " })
        let sides = equation.components(separatedBy: "->")
        guard sides.count <= 2 else {
            throw RuleViolation("the equation '\(text)' has more than one '->'")
        }
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(
            String.init)
        guard terms.count == ranks.count else {
            throw RuleViolation(
                "the equation '\(text)' is for \(terms.count) operands, \(ranks.count) were given")
        }
        inputs = []
        for (index, term) in terms.enumerated() {
            let parts = try Self.parse(term, in: text)
            let letters = parts.before.count + parts.after.count
            let open = ranks[index] - letters
            guard parts.hasEllipsis ? open >= 0 : open == 0 else {
                throw RuleViolation(
                    "'\(term)' names \(letters) axes, operand \(index) has \(ranks[index])"
                        + (parts.hasEllipsis ? "" : "; '...' stands for the axes not named"))
            }
            let ellipsis = (0..<Swift.max(open, 0)).map { $0 - open }
            inputs.append(parts.before + ellipsis + parts.after)
        }
        let all = inputs.joined()
        let ellipsis = Array(Set(all.filter { $0 < 0 })).sorted()
        if sides.count == 2 {
            let parts = try Self.parse(sides[1], in: text)
            output = parts.before + (parts.hasEllipsis ? ellipsis : []) + parts.after
        } else {
            // As in NumPy: what occurs once, in the alphabet's order, behind the ellipsis.
            output =
                ellipsis
                + Set(all.filter { $0 >= 0 }).filter { label in
                    all.filter { $0 == label }.count == 1
                }.sorted()
        }
        for label in output {
            if output.filter({ $0 == label }).count > 1 {
                throw RuleViolation("'\(Self.name(label))' occurs twice in the result of '\(text)'")
            }
            guard all.contains(label) else {
                throw RuleViolation(
                    "'\(Self.name(label))' in the result of '\(text)' is an axis of no operand")
            }
        }
    }

    static func name(_ label: Int) -> String {
        label < 0 ? "..." : Unicode.Scalar(label).map { String(Character($0)) } ?? "?"
    }

    private static func parse(
        _ term: String, in text: String
    ) throws -> (before: [Int], hasEllipsis: Bool, after: [Int]) {
        let halves = term.components(separatedBy: "...")
        guard halves.count <= 2 else {
            throw RuleViolation("'\(term)' in '\(text)' has more than one '...'")
        }
        let labels = try halves.map { half in
            try half.unicodeScalars.map { scalar in
                guard scalar.isASCII, scalar.properties.isAlphabetic else {
                    throw RuleViolation(
                        "'\(scalar)' in '\(text)' is no label; labels are letters, as in 'ij,jk->ik'"
                    )
                }
                return Int(scalar.value)
            }
        }
        return (labels[0], halves.count == 2, halves.count == 2 ? labels[1] : [])
    }
}

extension String {
    /// The parts between the occurrences of a separator.
    fileprivate func components(separatedBy separator: String) -> [String] {
        var (parts, current) = ([String](), "")
        var rest = Substring(self)
        while let first = rest.first {
            if rest.hasPrefix(separator) {
                parts.append(current)
                current = ""
                rest = rest.dropFirst(separator.count)
            } else {
                current.append(first)
                rest = rest.dropFirst()
            }
        }
        return parts + [current]
    }
}

/// Products of elements of tensors, summed as an equation says: Einstein's convention.
///
/// Each axis of each operand has a letter; axes with equal letters run together, and those that the
/// result does not name are summed over. `...` stands for axes not named, which are broadcast. A
/// letter twice in one operand means its diagonal. Without `->` the result has the letters that
/// occur once, in the alphabet's order.
///
/// ```swift
/// let scores = einsum("bqhd,bkhd->bhqk", queries, keys)
/// ```
/// Operands are multiplied from left to right. An equation that does not fit them makes a tensor that
/// carries an error.
/// - Shape: as the equation says.
public func einsum<T: NumericTensor>(_ equation: String, _ operands: T...) -> T {
    einsum(equation, of: operands)
}

/// `einsum` of a list.
package func einsum<T: NumericTensor>(_ equation: String, of operands: [T]) -> T {
    let operands = operands.map(\.anyTensor)
    return T(
        .composed("einsum", operands) {
            guard !operands.isEmpty else { throw RuleViolation("there are no operands") }
            try AnyTensor.requireSameDType(operands)
            guard operands[0].dtype.isNumeric || operands[0].dtype.isComplex else {
                throw RuleViolation("it takes numbers, not \(operands[0].dtype)")
            }
            let parsed = try EinsumEquation(equation, ranks: operands.map { try $0.knownRank() })
            try AnyTensor.requireSizes(parsed, operands, equation)

            var terms = zip(operands, parsed.inputs).map { tensor, labels in
                AnyTensor.diagonal(tensor, labels)
            }
            // From left to right; what later operands or the result need is kept.
            var (result, labels) = terms.removeFirst()
            while !terms.isEmpty {
                let (next, nextLabels) = terms.removeFirst()
                let needed = Set(parsed.output).union(terms.flatMap(\.labels))
                let isLast = terms.isEmpty
                let kept =
                    isLast
                    ? parsed.output
                    : (labels + nextLabels.filter { !labels.contains($0) }).filter(needed.contains)
                result = try AnyTensor.contracted(
                    result, labels, next, nextLabels, to: kept, broadcasting: true)
                labels = kept
            }
            let summed = labels.indices.filter { !parsed.output.contains(labels[$0]) }
            if !summed.isEmpty {
                result = result.sum(axes: summed)
                labels = labels.filter { parsed.output.contains($0) }
            }
            return labels == parsed.output
                ? result
                : result.transposed(
                    permutation: parsed.output.compactMap { labels.firstIndex(of: $0) })
        })
}

extension AnyTensor {
    fileprivate static func requireSizes(
        _ equation: EinsumEquation, _ operands: [AnyTensor], _ text: String
    ) throws {
        var sizes: [Int: Int] = [:]
        for (tensor, labels) in zip(operands, equation.inputs) {
            for (axis, label) in labels.enumerated() {
                guard let size = tensor.shape[axis], label >= 0 || size != 1 else { continue }
                if let other = sizes[label], other != size {
                    let shapes = operands.map { "\($0.shape)" }.joined(separator: ", ")
                    throw RuleViolation(
                        "'\(EinsumEquation.name(label))' of '\(text)' has sizes \(other) and \(size) "
                            + "in \(shapes)")
                }
                sizes[label] = size
            }
        }
    }

    /// A label that occurs again in one operand means the diagonal of its axes.
    fileprivate static func diagonal(
        _ x: AnyTensor, _ labels: [Int]
    ) -> (tensor: AnyTensor, labels: [Int]) {
        var (x, labels) = (x, labels)
        while let second = labels.indices.first(where: { labels[..<$0].contains(labels[$0]) }),
            let first = labels.firstIndex(of: labels[second])
        {
            x = x.diagonal(first, second)
            labels.remove(at: second)
        }
        return (x, labels)
    }

    /// The elements whose indices on two axes are equal, as one axis at `first`; both must be of one size.
    package func diagonal(_ first: Int, _ second: Int) -> AnyTensor {
        let isDiagonal = AnyTensor.compare(
            .equal, .iota(like: self, axis: first, dtype: .int64),
            .iota(like: self, axis: second, dtype: .int64))
        return select(isDiagonal, self, .scalar(0, dtype)).sum(axes: [second])
    }
}
