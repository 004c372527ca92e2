// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs chains in this process, telling on standard output which one it begins.
enum Child {
    static func run(_ options: Options) {
        limitMemory(options.gigabytes)
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

    /// Memory that is not there is an error like others, and no reason to take it from neighbours.
    private static func limitMemory(_ gigabytes: Int) {
        var limit = rlimit(
            rlim_cur: rlim_t(gigabytes) << 30, rlim_max: rlim_t(gigabytes) << 30)
        #if os(Linux)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
        setrlimit(RLIMIT_AS, &limit)
        #endif
    }
}
