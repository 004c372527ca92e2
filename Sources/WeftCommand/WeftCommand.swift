// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The command `weft`.
@main
struct WeftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weft",
        abstract: "Train, run and look at dataflow graphs.",
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, NotesCommand.self, BenchCommand.self, DevicesCommand.self,
            BenchProcessCommand.self,
        ])
}
