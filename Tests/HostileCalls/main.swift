// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport

// The promise that no graph, feed or shape ends the process, tried: see `Options.usage`.

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    Console.write(Options.usage, to: 2)
    exit(2)
}
if options.listsNames {
    for name in Set(Table.calls.map(\.name)).sorted() { Console.write("\(name)\n") }
} else if options.isChild {
    Child.run(options)
} else {
    var parent = Parent(options)
    exit(parent.run() ? 0 : 1)
}
