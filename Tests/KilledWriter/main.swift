// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints

// Trains and saves without end, to be killed at any moment: `KilledWriter FOLDER`. It goes on from the newest
// checkpoint, which must be whole and consistent: each step adds 1 to every number of both variables and to the count.
// What is on the disk for certain is printed.

/// How often the training stepped, beside the session.
final class Count: CheckpointPart {
    var value: Int64 = 0
    func exportState() -> [String: NDArray] { ["value": NDArray(value)] }
    func importState(_ state: [String: NDArray]) throws {
        guard let array = state["value"] else { throw CheckpointPartError("there is no count") }
        value = try array.scalar()
    }
}

struct Inconsistent: Error {}

func train(in folder: String) throws {
    let a = Variable<Float>("a", shape: [50_000])
    let b = Variable<Float>("b", shape: [300])
    let session = Session()
    let step = Update.group([a.assignAdd(1), b.assignAdd(1)])
    let count = Count()
    let store = try CheckpointStore(folder, keeping: 2, best: 1)
    try store.restoreNewest(into: session, with: ["count": count])
    for variable in [a, b] {
        let numbers: [Float] = try session.value(of: variable).scalars()
        guard numbers.allSatisfy({ $0 == Float(count.value) }) else { throw Inconsistent() }
    }
    while true {
        _ = try session.run(step)
        count.value += 1
        try store.save(session, with: ["count": count], score: Double(count.value % 7))
        if count.value % 3 == 0 {
            try store.finish()
            print(count.value)
            fflush(nil)
        }
    }
}

try train(in: CommandLine.arguments[1])
