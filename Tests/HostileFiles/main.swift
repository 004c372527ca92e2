// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport

// The promise that no file ends the process, tried: see `Options.usage`.

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    Console.write(Options.usage, to: 2)
    exit(2)
}
do {
    let seeds = try Seeds(folders: options.seedFolders)
    if options.isChild {
        try Executions(options, seeds).run()
    } else {
        var supervisor = try Supervisor(options, seeds)
        exit(try supervisor.run() ? 0 : 1)
    }
} catch {
    Console.write("HostileFiles: \(error)\n", to: 2)
    exit(2)
}
