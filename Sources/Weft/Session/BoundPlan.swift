// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A plan of an engine, and the variables of a session whose values its state is.
///
/// `@unchecked Sendable`: all is immutable but `lastUse`, which is the cache's, under its lock, and
/// `room`, which belongs to the session's one updating run.
final class BoundPlan: @unchecked Sendable {
    let executable: any Executable
    let program: Program
    /// The variables that are the program's state.
    let reads: [VariableStore.Cell]
    /// The variables that it updates.
    let writes: [VariableStore.Cell]
    let drawsRandomNumbers: Bool
    /// What follows once some elements are known; nil where the program is all of the run.
    let next: NextSegment?
    /// Whether the program calls functions of the host, emits values or has strings, and which functions.
    let talksToHost: Bool
    /// Whether strings are among what it is fed, and among what it gives.
    let feedsStrings: Bool
    let givesStrings: Bool
    private let hostCalls: [HostCall]
    /// Whether a run is one of this program, of which nobody outside hears.
    let isSimple: Bool
    var lastUse: UInt64 = 0
    /// What an updating run is given is put here, so that steps of training make no lists for it.
    private var room = RunArguments()

    init(
        _ lowered: LoweredGraph, _ executable: any Executable, _ variables: VariableStore,
        _ next: NextSegment?
    ) throws {
        self.executable = executable
        self.next = next
        program = lowered.program
        let cells = try variables.cells(lowered.reads + lowered.writes)
        reads = Array(cells.prefix(lowered.reads.count))
        writes = Array(cells.dropFirst(lowered.reads.count))
        drawsRandomNumbers = program.roles.drawsRandomNumbers
        feedsStrings = !program.roles.stringFeeds.isEmpty
        givesStrings = !program.roles.stringFetches.isEmpty
        talksToHost = program.talksToHost || feedsStrings || givesStrings
        hostCalls = program.hostCalls
        isSimple = next == nil && !talksToHost
        room.donated = Array(repeating: nil, count: writes.count)
    }

    /// Room for the arguments of a run. An updating one finds the donated values there.
    @inline(__always)
    func makeRoom(feeds: Int) -> RunArguments {
        var arguments = RunArguments()
        if !writes.isEmpty {
            swap(&arguments, &room)
            for i in writes.indices { swap(&arguments.donated[i], &writes[i].spare) }
        }
        arguments.values.reserveCapacity(feeds + reads.count)
        arguments.feedCount = feeds
        return arguments
    }

    /// Takes the room of a run back when the run is over.
    @inline(__always)
    func takeBack(_ arguments: inout RunArguments) {
        if writes.isEmpty { return }
        arguments.removeAll()
        swap(&arguments, &room)
    }

    /// The bytes that the plan takes from run to run.
    var keptBytes: Int { executable.keptBytes }

    /// Whether a variable of the plan or a function of the host is gone, so that nobody can ask for the plan any more.
    ///
    /// - Parameter handles: Gets the variables that are not.
    func isOrphaned(_ handles: inout [VariableHandle]) -> Bool {
        if hostCalls.contains(where: \.isOrphaned) { return true }
        for cell in [reads, writes].joined() {
            guard let handle = cell.handle else { return true }
            handles.append(handle)
        }
        return false
    }

    /// The plan in words.
    ///
    /// - Throws: `RunError` when the engine cannot tell.
    func explain() throws -> String {
        func list(_ cells: [VariableStore.Cell]) -> String {
            cells.isEmpty ? "none" : cells.map { "'\($0.name)'" }.joined(separator: ", ")
        }
        return "reads \(list(reads)); updates \(list(writes)); draws "
            + "\(drawsRandomNumbers ? "" : "no ")random numbers\n" + (try executable.explain())
            + (next.map { "\n\($0)" } ?? "")
    }
}
