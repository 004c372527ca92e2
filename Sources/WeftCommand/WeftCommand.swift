// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

@main
enum Main {
    static func main() {
        do {
            try Output.requireOpen()
            let arguments = Array(CommandLine.arguments.dropFirst())
            var command = try WeftCommand.parseAsRoot(try ConfigFile.expanded(arguments))
            try command.run()
            try Output.flush()
        } catch {
            WeftCommand.exit(withError: error)
        }
    }
}

/// The command `weft`.
struct WeftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weft",
        abstract: "Train, run and look at dataflow graphs.",
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, PredictCommand.self, RunCommand.self,
            GradCommand.self, InspectCommand.self,
            ConvertCommand.self, DiffCommand.self, CheckpointCommand.self, NotesCommand.self,
            BenchCommand.self, DevicesCommand.self,
            BenchProcessCommand.self,
        ])
}
