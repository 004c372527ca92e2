// SPDX-License-Identifier: Apache-2.0

/// What the command line says.
struct Options {
    var seed: UInt64 = 1
    var first = 0
    var count = 2000
    /// The most memory that a child may map.
    var gigabytes = 8
    var only: String?
    var isChild = false
    var isLoud = false
    var listsNames = false

    static let usage = """
        usage: HostileCalls [--seed N] [--chains M] [--first N] [--only NAME] [--gigabytes N] [--print]
          Calls the public functions with hostile arguments, in chains, in children; fails when one
          ends its process, hangs, or throws an error of an unknown type.
          --first N  the number of the first chain    --only NAME  chains that begin with that call
          --print    runs the chains in this process, with their text    --names  lists the calls

        """

    /// nil when the arguments make no sense.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        func number(_ text: String?) -> Int? { text.flatMap { Int($0) } }
        while let argument = rest.popFirst() {
            switch argument {
            case "--child": isChild = true
            case "--print": (isChild, isLoud) = (true, true)
            case "--names": listsNames = true
            case "--only": only = rest.popFirst()
            case "--seed":
                guard let value = number(rest.popFirst()), value >= 0 else { return nil }
                seed = UInt64(value)
            case "--chains":
                guard let value = number(rest.popFirst()), value >= 0 else { return nil }
                count = value
            case "--first":
                guard let value = number(rest.popFirst()), value >= 0 else { return nil }
                first = value
            case "--gigabytes":
                guard let value = number(rest.popFirst()), value > 0 else { return nil }
                gigabytes = value
            default: return nil
            }
        }
    }
}
