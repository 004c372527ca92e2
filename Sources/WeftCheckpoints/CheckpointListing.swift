// SPDX-License-Identifier: Apache-2.0
import Logging
import Weft
import WeftFormats

/// What is in a folder of checkpoints. Only the store that has it open changes it.
struct CheckpointListing {
    typealias Entry = CheckpointStore.Entry

    /// Where the score stands among the notes.
    static let scoreKey = "weft.score"
    private static let prefix = "checkpoint-"
    private static let suffix = ".safetensors"

    /// All files that are called as checkpoints are, the oldest first.
    private(set) var files: [(number: Int, path: String)] = []
    /// Those whose headers can be read, the oldest first.
    private(set) var entries: [Entry] = []
    private var damaged: Set<Int> = []
    private var last = 0

    /// - Throws: `FileError` when the folder cannot be read.
    init(_ folder: String) throws {
        for name in try Folder.names(in: folder) {
            guard let number = Self.number(name) else { continue }
            files.append((number, "\(folder)/\(name)"))
        }
        files.sort { $0.number < $1.number }
        last = files.last?.number ?? 0
        for (number, path) in files {
            do {
                let header = try CheckpointFormat.Header(SafetensorsFile(path))
                entries.append(
                    Entry(
                        path: path, number: number, step: header.step,
                        score: header.notes[Self.scoreKey].flatMap(Double.init)))
            } catch {
                Self.warn("what is called a checkpoint is none: \(error)")
            }
        }
    }

    static func warn(_ text: String) { Logger(label: "weft.checkpoints").warning("\(text)") }

    static func name(_ number: Int) -> String {
        let digits = "\(number)"
        return prefix + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + suffix
    }

    private static func number(_ name: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
        let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard let number = Int(digits), number > 0, number < 1 << 48, self.name(number) == name
        else { return nil }
        return number
    }

    mutating func takeNumber() -> Int {
        last += 1
        return last
    }

    mutating func add(_ entry: Entry) {
        files.append((entry.number, entry.path))
        entries.append(entry)
    }

    mutating func remove(_ entry: Entry) {
        files.removeAll { $0.number == entry.number }
        entries.removeAll { $0.number == entry.number }
    }

    /// A damaged one does not count among those that are kept, and is not removed.
    mutating func noteDamage(of number: Int) { damaged.insert(number) }

    /// Those with scores, the best first and of equal ones the newest.
    func best(_ order: CheckpointStore.Order) -> [Entry] {
        entries.filter { $0.score != nil }.sorted {
            let (a, b) = ($0.score ?? 0, $1.score ?? 0)
            if a == b { return $0.number > $1.number }
            return order == .highest ? a > b : a < b
        }
    }

    /// Those that are neither among the newest nor among the best.
    func superfluous(newest: Int, best: Int, _ order: CheckpointStore.Order) -> [Entry] {
        let whole = entries.filter { !damaged.contains($0.number) }
        let kept = Set(
            whole.suffix(newest)
                + self.best(order).filter { !damaged.contains($0.number) }.prefix(best))
        return whole.filter { !kept.contains($0) }
    }
}
