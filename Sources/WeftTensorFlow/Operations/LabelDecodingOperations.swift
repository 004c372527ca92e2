// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// The labels that a network's scores for each step stand for, by connectionist temporal classification.
enum LabelDecodingOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition(
            "CTCGreedyDecoder",
            outputs: ["decoded_indices", "decoded_values", "decoded_shape", "log_probability"],
            defaults: ["merge_repeated": false, "blank_index": -1],
            tensors: { call in
                let scores = try call.tensor(0)
                let (merges, blank) = (
                    try call.bool("merge_repeated"), try call.int("blank_index")
                )
                return call.measured(
                    [(.int64, 2), (.int64, 1), (.int64, 1), (scores.dtype, 2)],
                    try call.tensors(to: 2)
                ) { inputs in
                    let steps = try ScoredSteps(inputs)
                    let blank = blank < 0 ? blank + steps.classes : blank
                    let found = (0..<steps.batch).map {
                        steps.greedy($0, blank: blank, merging: merges)
                    }
                    let sums = found.map(\.score)
                    return try sparse(found.map(\.labels)) + [
                        try NDArray(sums, shape: [sums.count, 1]).cast(to: inputs[0].dtype)
                    ]
                }
            }),
        // First the indices of all paths, then their values, then their sizes.
        OperationDefinition(
            "CTCBeamSearchDecoder",
            outputs: ["decoded_indices", "decoded_values", "decoded_shape", "log_probability"],
            defaults: ["merge_repeated": true],
            tensors: { call in
                let (scores, merges) = (try call.tensor(0), try call.bool("merge_repeated"))
                let (width, paths) = (try call.int("beam_width"), try call.int("top_paths"))
                guard width > 0, (1...min(width, 4096)).contains(paths) else {
                    throw call.error(.malformed, "\(paths) paths of \(width)")
                }
                let results =
                    Array(repeating: (DType.int64, 2), count: paths)
                    + Array(repeating: (DType.int64, 1), count: 2 * paths) + [(scores.dtype, 2)]
                return call.measured(results, try call.tensors(to: 2)) { inputs in
                    let steps = try ScoredSteps(inputs)
                    let found = try (0..<steps.batch).map { example -> [LabelPath] in
                        var search = LabelSearch(width: width)
                        for step in steps.normalized(example) { search.advance(step) }
                        let best = search.best(paths, merging: merges)
                        guard best.count == paths else {
                            throw HostProblem("there are only \(best.count) paths of \(paths)")
                        }
                        return best
                    }
                    let all = try (0..<paths).map { path in
                        try sparse(found.map { $0[path].labels })
                    }
                    let sums = found.flatMap { $0.map(\.score) }
                    return (0..<3).flatMap { part in all.map { $0[part] } } + [
                        try NDArray(sums, shape: [steps.batch, paths]).cast(to: inputs[0].dtype)
                    ]
                }
            }
        ).listing(["top_paths", "top_paths", "top_paths"]),
    ]

    /// Labels of each example as a sparse matrix: indices, values, sizes.
    private static func sparse(_ labels: [[Int]]) throws -> [NDArray] {
        let indices = labels.enumerated().flatMap { example, row in
            row.indices.flatMap { [example, $0] }
        }
        return [
            try .longs(indices, shape: [indices.count / 2, 2]), .longs(labels.flatMap { $0 }),
            .longs([labels.count, labels.map(\.count).max() ?? 0]),
        ]
    }
}

/// Labels and the logarithm of their probability.
private struct LabelPath {
    let labels: [Int]
    let score: Double
}

/// The scores of classes for each step of some examples: [steps, examples, classes].
private struct ScoredSteps {
    private let scores: [Double]
    private let lengths: [Int]
    let batch: Int
    let classes: Int

    init(_ inputs: [NDArray]) throws {
        let shape = inputs[0].shape
        guard shape.count == 3, shape[2] > 0 else {
            throw HostProblem("\(shape) is no array of steps, examples and classes")
        }
        scores = inputs[0].doubles
        lengths = try inputs[1].integers
        (batch, classes) = (shape[1], shape[2])
        guard lengths.count == batch, lengths.allSatisfy({ (0...shape[0]).contains($0) }) else {
            throw HostProblem("the lengths \(lengths) are not those of \(shape)")
        }
    }

    private func step(_ step: Int, _ example: Int) -> ArraySlice<Double> {
        let start = (step * batch + example) * classes
        return scores[start..<start + classes]
    }

    /// The class of the highest score in each step, without blanks.
    func greedy(_ example: Int, blank: Int, merging: Bool) -> LabelPath {
        var labels: [Int] = []
        var sum = 0.0
        var previous = -1
        for step in 0..<lengths[example] {
            let row = self.step(step, example)
            let best = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
            let label = best - row.startIndex
            sum -= row[best]
            if label != blank, !(merging && label == previous) { labels.append(label) }
            previous = label
        }
        return LabelPath(labels: labels, score: sum)
    }

    /// The logarithms of probabilities in each step.
    func normalized(_ example: Int) -> [[Double]] {
        (0..<lengths[example]).map { step in
            let row = self.step(step, example)
            let greatest = row.max() ?? 0
            let sum = Foundation.log(row.reduce(0) { $0 + Foundation.exp($1 - greatest) })
            return row.map { $0 - greatest - sum }
        }
    }
}

/// A search for the labels that are most probable, which keeps some of them at each step (Graves 2012). The
/// last class is the blank.
private struct LabelSearch {
    /// Logarithms of the probability that the labels so far end in a blank, in the last label, and of both.
    private struct Probability {
        var total = -Double.infinity
        var blank = -Double.infinity
        var label = -Double.infinity
    }

    /// Labels: one behind those of a parent.
    private struct Node {
        let parent: Int?
        let label: Int
        var children: [Int: Int] = [:]
        var before = Probability()
        var now = Probability()
        var isActive: Bool { now.total != -.infinity }
    }

    private let width: Int
    private var nodes: [Node]
    /// Those that are kept, the most probable first.
    private var leaves = [0]

    init(width: Int) {
        self.width = width
        var root = Node(parent: nil, label: -1)
        root.now.total = 0
        root.now.blank = 0
        nodes = [root]
    }

    mutating func advance(_ step: [Double]) {
        let blank = step.count - 1
        let branches = leaves
        leaves = []
        for branch in branches { nodes[branch].before = nodes[branch].now }
        for branch in branches {
            var node = nodes[branch]
            if let parent = node.parent.map({ nodes[$0] }) {
                if parent.isActive {
                    let previous =
                        node.label == parent.label ? parent.before.blank : parent.before.total
                    node.now.label = Self.sum(node.now.label, previous)
                }
                node.now.label += step[node.label]
            }
            node.now.blank = node.before.total + step[blank]
            node.now.total = Self.sum(node.now.blank, node.now.label)
            nodes[branch] = node
            insert(branch)
        }
        for branch in branches where isCandidate(nodes[branch].before) {
            for label in 0..<blank { grow(branch, label, step[label]) }
        }
    }

    /// Takes the labels of a branch with one more, where they are probable enough.
    private mutating func grow(_ branch: Int, _ label: Int, _ score: Double) {
        if let known = nodes[branch].children[label], nodes[known].isActive { return }
        let node = nodes[branch]
        let total = score + (label == node.label ? node.before.blank : node.before.total)
        let probability = Probability(total: total, label: total)
        guard isCandidate(probability) else { return }
        let child = node.children[label] ?? nodes.count
        if child == nodes.count {
            nodes.append(Node(parent: branch, label: label))
            nodes[branch].children[label] = child
        }
        if leaves.count == width { nodes[leaves[width - 1]].now = Probability() }
        nodes[child].now = probability
        insert(child)
    }

    private func isCandidate(_ probability: Probability) -> Bool {
        guard probability.total > -.infinity else { return false }
        return leaves.count < width
            || probability.total > (leaves.last.map { nodes[$0].now.total } ?? -.infinity)
    }

    private mutating func insert(_ node: Int) {
        let total = nodes[node].now.total
        let place = leaves.firstIndex { nodes[$0].now.total < total } ?? leaves.count
        leaves.insert(node, at: place)
        if leaves.count > width { leaves.removeLast() }
    }

    func best(_ count: Int, merging: Bool) -> [LabelPath] {
        leaves.prefix(count).map { leaf in
            var labels: [Int] = []
            var previous = -1
            var node = nodes[leaf]
            while let parent = node.parent {
                if !merging || node.label != previous { labels.append(node.label) }
                previous = node.label
                node = nodes[parent]
            }
            return LabelPath(labels: labels.reversed(), score: nodes[leaf].now.total)
        }
    }

    private static func sum(_ a: Double, _ b: Double) -> Double {
        let greatest = max(a, b)
        if greatest == -.infinity { return greatest }
        return greatest + Foundation.log1p(Foundation.exp(min(a, b) - greatest))
    }
}
