// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftProtos

/// Classes that are drawn to stand for all others in a loss, with how often they are expected.
///
/// As all draws of imported graphs they follow from the session's seed and the node's name.
enum SamplingOperations {
    static let all: [OperationDefinition] =
        [
            sampler("UniformCandidateSampler") { _ in ClassDistribution.uniform },
            sampler("LogUniformCandidateSampler") { _ in ClassDistribution.logUniform },
            sampler("FixedUnigramCandidateSampler") { try fixed($0) },
            OperationDefinition(
                "AllCandidateSampler", outputs: names,
                tensors: { call in
                    let (truth, count) = (try call.tensor(0), try call.int("num_sampled"))
                    guard (0...1 << 24).contains(count) else {
                        throw call.error(.malformed, "it draws \(count) classes")
                    }
                    return [
                        .iota(.int64, shape: [count]), .ones(like: truth, dtype: .float32),
                        .ones(.float32, shape: [count]),
                    ]
                }),
            OperationDefinition(
                "ComputeAccidentalHits", outputs: ["indices", "ids", "weights"],
                tensors: { call in
                    call.measured(
                        [(.int32, 1), (.int64, 1), (.float32, 1)], try call.tensors(to: 2), hits)
                }),
        ]

    private static let names = [
        "sampled_candidates", "true_expected_count", "sampled_expected_count",
    ]

    private static func sampler(
        _ name: String,
        _ distribution: @escaping @Sendable (NodeCall) throws -> ClassDistribution
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: names,
            defaults: [
                "vocab_file": "", "distortion": 1.0, "num_reserved_ids": 0, "num_shards": 1,
                "shard": 0, "unigrams": [],
            ],
            tensors: { call in
                let (count, isUnique) = (try call.int("num_sampled"), try call.bool("unique"))
                let range = try call.int("range_max")
                guard (1...1 << 40).contains(range), (0...1 << 24).contains(count),
                    !isUnique || count <= range
                else {
                    throw call.error(.malformed, "it draws \(count) classes of \(range)")
                }
                let distribution = try distribution(call)
                let bits = AnyTensor.randomBits(.sizes(.numbers([2])), stream: call.stream)
                return call.hosted(
                    [
                        .array(.int64, [count]), .array(.float32) { $0[0] },
                        .array(.float32, [count]),
                    ], [try call.tensor(0), bits.cast(to: .int64)]
                ) { inputs in
                    let seed = try inputs[1].integers.reduce(0) { $0 << 32 ^ $1 }
                    var draw = ClassDraw(
                        distribution, range: range, seed: UInt64(bitPattern: Int64(seed)))
                    let (classes, tries) = try draw.classes(count, isUnique: isUnique)
                    func expected(_ number: Int) -> Float {
                        let p = distribution.probability(of: number, range: range)
                        return Float(
                            isUnique
                                ? -Foundation.expm1(Double(tries) * Foundation.log1p(-p))
                                : p * Double(count))
                    }
                    return [
                        .longs(classes),
                        try NDArray(
                            try inputs[0].integers.map(expected), shape: inputs[0].shape),
                        NDArray(classes.map(expected)),
                    ]
                }
            })
    }

    private static func fixed(_ call: NodeCall) throws -> ClassDistribution {
        var counts = call.attribute("unigrams")?.list.f.map { Double($0) } ?? []
        let file = try call.string("vocab_file")
        if !file.isEmpty {
            // The last column of each line.
            let text = try String(contentsOfFile: file, encoding: .utf8)
            counts = try text.split(separator: "\n").map { line in
                guard let last = line.split(separator: ",").last,
                    let count = Double(last.trimmingCharacters(in: .whitespaces))
                else {
                    throw call.error(.invalidRequest, "a line of '\(file)' has no count: \(line)")
                }
                return count
            }
        }
        guard try call.int("num_shards") == 1 else {
            throw call.error(.unsupported, "a part of the classes; draw of all of them")
        }
        let (range, reserved) = (try call.int("range_max"), try call.int("num_reserved_ids"))
        guard reserved >= 0, reserved + counts.count == range else {
            throw call.error(
                .malformed,
                "\(counts.count) counts and \(reserved) reserved classes are not \(range)")
        }
        let distortion = try call.float("distortion")
        let weights =
            Array(repeating: 0, count: reserved) + counts.map { Foundation.pow($0, distortion) }
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.contains(where: { $0 > 0 })
        else { throw call.error(.malformed, "counts must be numbers of at least 0, and not all 0") }
        return .weights(weights, sums: weights.reduce(into: []) { $0.append(($0.last ?? 0) + $1) })
    }

    /// Where drawn classes are true ones: the examples, the places among the drawn, and what takes them out
    /// of a loss.
    @Sendable private static func hits(_ inputs: [NDArray]) throws -> [NDArray] {
        let (truth, drawn) = (try inputs[0].integers, try inputs[1].integers)
        let width = max(inputs[0].shape.last ?? 1, 1)
        var places: [Int: Int] = [:]
        for (place, number) in drawn.enumerated() { places[number] = place }
        let found = truth.enumerated().compactMap { position, number in
            places[number].map { (example: position / width, place: $0) }
        }
        return [
            NDArray(found.map { Int32(clamping: $0.example) }), .longs(found.map(\.place)),
            NDArray(found.map { _ in -Float.greatestFiniteMagnitude }),
        ]
    }
}

/// How probable classes are.
private enum ClassDistribution: Sendable {
    case uniform
    /// As frequent words are: the less the later they come.
    case logUniform
    case weights([Double], sums: [Double])

    func probability(of number: Int, range: Int) -> Double {
        switch self {
        case .uniform: 1 / Double(range)
        case .logUniform:
            Foundation.log((Double(number) + 2) / (Double(number) + 1))
                / Foundation.log1p(Double(range))
        case .weights(let weights, let sums):
            weights.indices.contains(number) ? weights[number] / (sums.last ?? 1) : 0
        }
    }

    /// The class that a number between 0 and 1 stands for.
    func number(at position: Double, range: Int) -> Int {
        switch self {
        case .uniform: return min(Int(position * Double(range)), range - 1)
        case .logUniform:
            let value = Foundation.exp(position * Foundation.log1p(Double(range))) - 1
            return min(max(Int(value), 0), range - 1)
        case .weights(_, let sums):
            let wanted = position * (sums.last ?? 0)
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > wanted { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}

/// Draws of classes.
private struct ClassDraw {
    private let distribution: ClassDistribution
    private let range: Int
    private var state: UInt64

    init(_ distribution: ClassDistribution, range: Int, seed: UInt64) {
        self.distribution = distribution
        self.range = range
        state = seed
    }

    /// Classes, and how many were drawn for them.
    mutating func classes(_ count: Int, isUnique: Bool) throws -> ([Int], tries: Int) {
        var found: [Int] = []
        var seen: Set<Int> = []
        var tries = 0
        while found.count < count {
            tries += 1
            // Classes of hardly any probability would never come.
            guard tries < 1 << 28 else {
                throw HostProblem("there are no \(count) different classes to be found")
            }
            let number = distribution.number(at: uniform(), range: range)
            if !isUnique || seen.insert(number).inserted { found.append(number) }
        }
        return (found, tries)
    }

    /// A number of [0, 1), by SplitMix64 (Steele et al. 2014).
    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Double(bits >> 11) * 0x1p-53
    }
}
