// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport

/// Runs chains in this process, telling on standard output which one it begins.
enum Child {
    static func run(_ options: Options) {
        MemoryLimit.set(bytes: options.gigabytes << 30)
        let chosen = options.only.flatMap { name in
            let named = Table.calls.filter { $0.name == name }
            return named.isEmpty ? nil : named
        }
        for number in options.first..<options.first + options.count {
            Console.write("\(number)\n")
            let seed = options.seed &* 1_000_003 &+ UInt64(number)
            let chain = Chain(seed: seed, isLoud: options.isLoud)
            do {
                try chain.build(Table.calls, last: chosen.map { chain.draws.pick($0) })
                try chain.run()
            } catch {
                Console.write("an error of an unknown type: \(error)\n", to: 2)
                exit(3)
            }
            if options.isLoud { Console.write("\n") }
        }
    }
}
