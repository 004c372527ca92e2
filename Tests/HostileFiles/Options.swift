// SPDX-License-Identifier: Apache-2.0

/// What the command line says.
struct Options {
    var seed: UInt64 = 1
    var first = 0
    var count = 20_000
    /// How many children work side by side.
    var jobs = 2
    /// What an execution may map beyond what the process had mapped before the first.
    var megabytes = 512
    var seedFolders: [String] = []
    var only: String?
    /// Where the files of failures are kept.
    var keep: String?
    var isChild = false
    var isLoud = false

    static let usage = """
        usage: HostileFiles --seeds FOLDER ... [--seed N] [--executions M] [--first N] [--jobs N]
                            [--only FORMAT] [--megabytes N] [--keep FOLDER]
          Damages the files of the folders and reads them, in children; fails when a file ends its
          process, hangs, maps more than --megabytes, or gives an error that does not name it.
          --first N  the number of the first execution   --only FORMAT  npy, graph, checkpoint ...
          --keep FOLDER  gets the files of failures, the first few of each kind

        """

    /// nil when the arguments make no sense.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        func number(_ least: Int) -> Int? {
            guard let value = rest.popFirst().flatMap({ Int($0) }), value >= least else {
                return nil
            }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--child": isChild = true
            case "--print": (isChild, isLoud) = (true, true)
            case "--only": only = rest.popFirst()
            case "--keep": keep = rest.popFirst()
            case "--seeds":
                guard let folder = rest.popFirst() else { return nil }
                seedFolders.append(folder)
            case "--seed":
                guard let value = number(0) else { return nil }
                seed = UInt64(value)
            case "--executions":
                guard let value = number(0) else { return nil }
                count = value
            case "--first":
                guard let value = number(0) else { return nil }
                first = value
            case "--jobs":
                guard let value = number(1) else { return nil }
                jobs = value
            case "--megabytes":
                guard let value = number(1) else { return nil }
                megabytes = value
            default: return nil
            }
        }
        if seedFolders.isEmpty { return nil }
    }

    /// The arguments of a child that does a part of the executions.
    func child(_ range: Range<Int>, _ extra: [String]) -> [String] {
        var list = [
            "--seed", "\(seed)", "--first", "\(range.lowerBound)", "--executions", "\(range.count)",
            "--megabytes", "\(megabytes)",
        ]
        for folder in seedFolders { list += ["--seeds", folder] }
        if let only { list += ["--only", only] }
        return list + extra
    }
}
