// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

/// A new folder that is gone afterwards.
func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-training-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// What `body` throws, as text; nil when nothing.
func errorText(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

extension NDArray {
    /// The first number.
    var number: Double { doubles.first ?? .nan }
}

/// An error of a test's own.
struct Refusal: Error, CustomStringConvertible {
    var description: String { "refused" }
}

/// Sums of six numbers, 40 of them.
func sums(_ count: Int = 40, seed: UInt64 = 3) throws -> Labeled {
    let inputs = try RandomArrays(seed: seed).normal(shape: [count, 6])
    return Labeled(inputs, try inputs.sum(axes: [1], keepingDimensions: true))
}

/// A small training with everything that a checkpoint must hold: dropout, batch normalisation, an optimizer's
/// slots, a schedule, shuffled data that is made in advance.
struct SmallTraining {
    let session: Session
    let trainer: Trainer<Labeled>
    let data: Dataset<Labeled>

    init(seed: UInt64 = 5, options: TrainerOptions = TrainerOptions()) throws {
        let model = Sequential<Tensor<Float>, Tensor<Float>> {
            Dense("first", inputs: 6, units: 8)
            BatchNorm("norm", channels: 8)
            relu
            Dropout("dropout", rate: 0.3)
            Dense("last", inputs: 8, units: 1)
        }
        data = Dataset(rowsOf: try sums()).shuffled(seed: 9).batch(6).prefetch(3)
        session = Session(.init(seed: seed))
        let rate = Schedule.cosineDecay(from: 0.01, steps: 40)
        trainer = try Trainer(
            model, from: \.inputs, to: \.targets, on: data, session: session,
            optimizer: Adam(learningRate: rate), options: options,
            loss: { meanSquaredError($0, Tensor($1)) },
            metrics: ["distance": { .mean(abs($0.anyTensor - $1)) }])
    }

    /// The bits of all that training goes on from, the optimizer's own among it.
    func bits() throws -> [String: [UInt8]] {
        var result = try session.exportState().variables.mapValues {
            $0.withUnsafeBytes(Array.init)
        }
        result["step"] = withUnsafeBytes(of: session.step, Array.init)
        return result
    }
}

/// Counts, and does something at a step.
final class Counter: TrainerCallback, CheckpointPart {
    let name = "counter"
    var steps: Int64 = 0
    var begun = 0
    private let step: Int?
    private let action: (TrainingRun) throws -> Void

    init(at step: Int? = nil, _ action: @escaping (TrainingRun) throws -> Void = { _ in }) {
        self.step = step
        self.action = action
    }

    func epochBegan(_ training: TrainingRun) { begun += 1 }

    func stepEnded(_ training: TrainingRun, _ report: StepReport) throws {
        steps += 1
        if report.step == step { try action(training) }
    }

    func exportState() -> [String: NDArray] { ["steps": NDArray(steps)] }

    func importState(_ state: [String: NDArray]) throws {
        steps = try state["steps"]?.scalar() ?? -1
    }
}
