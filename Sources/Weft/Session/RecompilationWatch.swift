// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Notices loops that compile a plan in every step, and says once what to do.
struct RecompilationWatch {
    /// How often plans that differ in numbers only are compiled before it says so.
    static let threshold = 16
    /// How many plans of different graphs are compiled before it says so.
    static let graphThreshold = 256
    private static let memory = 1024

    private struct History {
        var count = 0
        var latest: [NDArray] = []
    }

    private var histories: [GraphSkeleton: History] = [:]
    private var reported: Set<GraphSkeleton> = []
    private var graphCount = 0

    /// A note for the log when plans keep being compiled that differ only in constants or shapes,
    /// or when nothing that is compiled resembles what was.
    mutating func record(_ skeleton: GraphSkeleton) -> String? {
        if histories.count >= Self.memory { histories = [:] }
        if reported.count >= Self.memory { reported = [] }
        var history = histories[skeleton] ?? History()
        let before = history.latest
        history.count += 1
        history.latest = skeleton.constants
        histories[skeleton] = history
        if history.count == 1 {
            graphCount += 1
            guard graphCount == Self.graphThreshold else { return nil }
            return "\(graphCount) different graphs were compiled. If a loop builds a new graph in "
                + "each step, build it once, before the loop."
        }
        guard history.count == Self.threshold, reported.insert(skeleton).inserted else {
            return nil
        }
        let changed = zip(before, skeleton.constants).first { !$0.hasSameBits(as: $1) }
        if let changed {
            return "\(Self.threshold) plans were compiled that differ only in constants, such as "
                + "\(changed.0), now \(changed.1). If a number changes from step to step, make it "
                + "a placeholder and feed it."
        }
        return
            "\(Self.threshold) plans were compiled that differ only in the shapes of what is fed "
            + "or in large constants. Feed arrays of few different shapes, padding them where they "
            + "vary, and make constants that change placeholders."
    }
}
