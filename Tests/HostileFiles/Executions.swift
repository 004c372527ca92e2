// SPDX-License-Identifier: Apache-2.0
import Foundation
import HostileSupport
import Weft
import WeftCheckpoints
import WeftData
import WeftFormats
import WeftTensorFlow

/// Damages files and reads them, in this process; a file of a mapping tells which execution is under way, so
/// that it is known when the process ends in one.
struct Executions {
    private let options: Options
    private let seeds: [Seeds.Seed]
    private let formats: [(weight: Int, seeds: [Seeds.Seed])]
    private let folder: URL

    init(_ options: Options, _ seeds: Seeds) throws {
        self.options = options
        self.seeds =
            options.only.map { only in seeds.all.filter { $0.format.name == only } } ?? seeds.all
        formats = Seeds.byWeight(self.seeds)
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("hostile-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func run() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        guard !seeds.isEmpty else { return }
        // What readers need once is made before the limit is drawn.
        for seed in seeds { try? read(seed, seed.bytes).get() }
        let base = MemoryLimit.mapped
        if base > 0 { MemoryLimit.set(bytes: base + options.megabytes << 20) }
        for number in options.first..<options.first + options.count {
            // The number of each execution leaves the process before it: the last one is the one that ended it.
            Console.write("\(number)\n")
            var damage = Damage(seed: options.seed &* 1_000_003 &+ UInt64(number))
            let seed = seed(&damage)
            let bytes = damaged(seed, &damage)
            if options.isLoud {
                Console.write("\(seed.format.name), \(bytes.count) bytes of \(seed.path)\n")
                try keep(bytes, number, seed)
            }
            let result = read(seed, bytes)
            if options.isLoud { Console.write("\(result)\n") }
            if case .failure(let error) = result, let fault = fault(error, seed) {
                Console.write("\(fault): \(error)\n", to: 2)
                exit(3)
            }
        }
    }

    /// A seed of a format, which is drawn by its weight.
    private func seed(_ damage: inout Damage) -> Seeds.Seed {
        var number = damage.below(formats.reduce(0) { $0 + $1.weight })
        for format in formats {
            if number < format.weight { return format.seeds[damage.below(format.seeds.count)] }
            number -= format.weight
        }
        return seeds[0]
    }

    /// A seed's bytes with damage, half of the time such that the format's frame stays whole.
    private func damaged(_ seed: Seeds.Seed, _ damage: inout Damage) -> [UInt8] {
        let other = seeds[damage.below(seeds.count)].bytes
        let keepsFrame = damage.below(2) == 0
        if keepsFrame, seed.format.isMessage, var message = Message(seed.bytes[...]) {
            let texts = message.texts
            for _ in 0...damage.below(3) { message.damage(&damage, texts) }
            return message.serialized
        }
        if keepsFrame, let mend = seed.format.mend {
            return mend(damage.apply(to: seed.bytes, other: other, keepsCount: true))
        }
        return damage.apply(to: seed.bytes, other: other)
    }

    /// Reads a file with these bytes in the place of the seed's.
    private func read(_ seed: Seeds.Seed, _ bytes: [UInt8]) -> Result<Void, any Error> {
        Result {
            let url = URL(fileURLWithPath: seed.path)
            let name = seed.path.contains(": ") ? "graph.pb" : url.lastPathComponent
            let file = folder.appendingPathComponent(name)
            for companion in seed.companions {
                let target = folder.appendingPathComponent(companion)
                try? FileManager.default.removeItem(at: target)
                try FileManager.default.createSymbolicLink(
                    at: target,
                    withDestinationURL: url.deletingLastPathComponent().absoluteURL
                        .appendingPathComponent(companion))
            }
            defer {
                for name in seed.companions + [name] {
                    unlink(folder.appendingPathComponent(name).path)
                }
            }
            try Self.write(bytes, file.path)
            try seed.format.read(file.path)
        }
    }

    private static func write(_ bytes: [UInt8], _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(descriptor) }
        let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw CocoaError(.fileWriteOutOfSpace) }
    }

    /// What is wrong with an error, nil when it is as it must be: of a known type, with the file's name, and
    /// not for want of memory, which no file of this size can need.
    private func fault(_ error: any Error, _ seed: Seeds.Seed) -> String? {
        switch error {
        case let error as FileError:
            if error.kind == .memory { return "takes memory for what is not there" }
            return error.path.hasPrefix(folder.path) ? nil : "an error of another file"
        case let error as TensorFlowError:
            return error.path?.hasPrefix(folder.path) == true ? nil : "an error that names no file"
        case let error as DataError:
            // Of what is read for an element, the file's own error says where.
            if let error = error.underlying as? FileError, error.kind == .memory {
                return "takes memory for what is not there"
            }
            return error.file?.hasPrefix(folder.path) == true ? nil : "an error that names no file"
        default: return "an error of another type (\(type(of: error)))"
        }
    }

    private func keep(_ bytes: [UInt8], _ number: Int, _ seed: Seeds.Seed) throws {
        guard let keep = options.keep else { return }
        try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        try Self.write(bytes, "\(keep)/\(seed.format.name)-\(number)")
    }
}
