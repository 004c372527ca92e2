// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Sound files, from which damaged ones are made.
struct Seeds {
    struct Seed {
        let format: Format
        let path: String
        let bytes: [UInt8]
        /// The other files that reading this one needs, by their names beside it.
        let companions: [String]
    }

    /// Larger files take longer to read than to understand.
    private static let mostBytes = 100_000

    let all: [Seed]

    /// The seeds of each format, with how often it is tried beside the others.
    static func byWeight(_ seeds: [Seed]) -> [(weight: Int, seeds: [Seed])] {
        Dictionary(grouping: seeds, by: \.format.name).sorted { $0.key < $1.key }
            .map { ($0.value[0].format.weight, $0.value) }
    }

    /// The files of the folders and of those in them, and graphs that are text in `.json` files.
    init(folders: [String]) throws {
        var seeds: [Seed] = []
        for folder in folders {
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
            for name in names {
                let path = folder + "/" + name
                if name.hasSuffix(".json") { seeds += try Self.graphs(of: path) }
                let last = String(name.split(separator: "/").last ?? "")
                let formats = Format.all.filter { $0.accepts(last) }
                guard !formats.isEmpty, let bytes = FileManager.default.contents(atPath: path),
                    bytes.count <= Self.mostBytes, !bytes.isEmpty
                else { continue }
                for format in formats {
                    seeds.append(
                        Seed(
                            format: format, path: path, bytes: [UInt8](bytes),
                            companions: try Self.companions(of: path, format)))
                }
            }
        }
        guard !seeds.isEmpty else { throw SeedError(folders: folders) }
        all = seeds
    }

    private struct SeedError: Error, CustomStringConvertible {
        let folders: [String]
        var description: String {
            "no file of a known format, or none below 100 kB, in \(folders.joined(separator: ", "))"
        }
    }

    /// The graphs of recorded cases: `{"cases": [{"name": …, "graph": base64}]}`.
    private static func graphs(of path: String) throws -> [Seed] {
        guard let data = FileManager.default.contents(atPath: path),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let cases = object["cases"] as? [[String: Any]]
        else { return [] }
        return cases.flatMap { entry -> [Seed] in
            guard let text = entry["graph"] as? String, let bytes = Data(base64Encoded: text) else {
                return []
            }
            return Format.all.filter { $0.accepts("graph.pb") }.map { format in
                Seed(
                    format: format, path: "\(path): \(entry["name"] ?? "")", bytes: [UInt8](bytes),
                    companions: [])
            }
        }
    }

    /// Checkpoints are several files of one prefix; saved models have a folder of variables.
    private static func companions(of path: String, _ format: Format) throws -> [String] {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent()
        switch format.name {
        case "checkpoint-index", "checkpoint-data":
            let prefix = url.lastPathComponent.prefix { $0 != "." }
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasPrefix(prefix + ".") && $0 != url.lastPathComponent
            }
        case "checkpoint-first":
            guard let end = url.lastPathComponent.range(of: "-0000")?.lowerBound else { return [] }
            let prefix = url.lastPathComponent[..<end]
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasPrefix(prefix + "-0000") && $0 != url.lastPathComponent
            }
        case "byte-pairs":
            return ["vocab.json", "merges.txt"].filter { $0 != url.lastPathComponent }
        case "saved-model":
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0 == "variables" || $0 == "assets"
            }
        default: return []
        }
    }
}
