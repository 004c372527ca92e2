// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCheckpoints

/// Where a training stands, beside its session and its data: what a checkpoint holds of the trainer.
final class TrainerState: CheckpointPart {
    var epoch = 0
    var stepOfEpoch = 0
    var step = 0
    var learningRate: Double?
    /// Why it was stopped before its end; nil where it was not.
    var stopReason: String?
    var history = History()
    var sums: MetricSums

    init(sums: MetricSums) { self.sums = sums }

    private static let sumPrefix = "sums/"
    private static let historyPrefix = "history/"

    func exportState() throws -> [String: NDArray] {
        var state = [
            "epoch": NDArray(Int64(epoch)), "step of epoch": NDArray(Int64(stepOfEpoch)),
            "step": NDArray(Int64(step)), "learning rate": NDArray(learningRate ?? .nan),
        ]
        if let stopReason { state["stopped"] = NDArray(Array(stopReason.utf8)) }
        for (name, array) in try sums.exportState() { state[Self.sumPrefix + name] = array }
        for (name, array) in history.exportState() { state[Self.historyPrefix + name] = array }
        return state
    }

    func importState(_ state: [String: NDArray]) throws {
        func count(_ name: String) throws -> Int {
            guard let array = state[name],
                let count = Int(exactly: try array.scalar(as: Int64.self)),
                count >= 0
            else { throw CheckpointPartError("the trainer has no count of '\(name)'") }
            return count
        }
        func part(_ prefix: String) -> [String: NDArray] {
            let own = state.filter { $0.key.hasPrefix(prefix) }
            return Dictionary(own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }) {
                first, _ in first
            }
        }
        let (epoch, stepOfEpoch, step) =
            (try count("epoch"), try count("step of epoch"), try count("step"))
        let history = try History(state: part(Self.historyPrefix))
        try sums.importState(part(Self.sumPrefix))
        let rate = try state["learning rate"]?.scalar(as: Double.self) ?? .nan
        (self.epoch, self.stepOfEpoch, self.step, self.history) =
            (epoch, stepOfEpoch, step, history)
        learningRate = rate.isNaN ? nil : rate
        stopReason = try state["stopped"].map {
            String(decoding: try $0.scalars(as: UInt8.self), as: UTF8.self)
        }
    }
}
