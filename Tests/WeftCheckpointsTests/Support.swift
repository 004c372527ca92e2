// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints

/// A new folder that is gone afterwards.
func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "weft-checkpoints-\(UUID().uuidString)")
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

/// A number beside a session.
final class Counter: CheckpointPart {
    var value: Int64 = 0
    func exportState() -> [String: NDArray] { ["value": NDArray(value)] }
    func importState(_ state: [String: NDArray]) throws {
        guard let array = state["value"] else { throw CheckpointPartError("there is no 'value'") }
        value = try array.scalar()
    }
}

/// A small training with everything that goes into a checkpoint: a model with dropout, batch normalisation, an
/// optimizer's slots, random draws.
struct SmallTraining {
    let session: Session
    let step: Update
    let output: Tensor<Float>
    let counter = Counter()
    private let x = Tensor<Float>.placeholder(shape: [nil, 6], name: "x")

    init(seed: UInt64 = 5, units: Int = 8) throws {
        session = Session(.init(seed: seed))
        let model = Sequential<Tensor<Float>, Tensor<Float>> {
            Dense("first", inputs: 6, units: units)
            BatchNorm("norm", channels: units)
            relu
            Dropout("dropout", rate: 0.3)
            Dense("last", inputs: units, units: 1)
        }
        step = try Adam(learningRate: 0.01).minimize(
            meanSquaredError(model(x, mode: .training), x.sum(axes: [1], keepingDimensions: true)))
        output = model(x, mode: .inference)
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            let batch = try RandomArrays(seed: UInt64(counter.value)).normal(shape: [16, 6])
            _ = try session.run(step, feeding: [x: batch])
            counter.value += 1
        }
    }

    /// The bits of all that training goes on from.
    func bits() throws -> [String: [UInt8]] {
        var result = try session.exportState().variables.mapValues {
            $0.withUnsafeBytes(Array.init)
        }
        result["count"] = withUnsafeBytes(of: counter.value, Array.init)
        result["step"] = withUnsafeBytes(of: session.step, Array.init)
        return result
    }
}
