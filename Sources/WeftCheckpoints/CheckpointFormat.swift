// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftFormats

/// Checkpoints as .safetensors files.
enum CheckpointFormat {
    static let name = "weft-checkpoint"
    private static let version = "1"
    private static let partPrefix = "weft.part/"
    private static let notePrefix = "note/"
    private static let typePrefix = "weft.type/"
    private static let complex = "complex128"
    /// Behind this stand the eight digits of the checksum, for which they count as zeros.
    private static let checksumKey = "\"weft.checksum\":\""
    private static let noChecksum = "00000000"

    static func write(_ checkpoint: Checkpoint, to file: AtomicFile) throws {
        var (arrays, metadata) = ([String: NDArray](), [String: String]())
        func add(_ name: String, _ array: NDArray) {
            arrays[name] = array
            // The format has no such type: the parts stand along one more axis at the end.
            if array.dtype == .complex128 {
                arrays[name] = array.inReals
                metadata[typePrefix + name] = complex
            }
        }
        for (name, array) in checkpoint.state.variables {
            guard !name.hasPrefix(partPrefix) else {
                throw FileError(
                    .unsupported, file.path, entry: name,
                    "no variable's name may begin with '\(partPrefix)'; give it another")
            }
            add(name, array)
        }
        for (part, state) in checkpoint.parts {
            guard !part.isEmpty, !part.contains("/") else {
                throw FileError(
                    .unsupported, file.path, entry: part,
                    "the name of a part must not be empty or have a '/'; give it another")
            }
            // Also of a part without arrays it is known that it was there.
            metadata[partPrefix + part] = "\(state.count)"
            for (name, array) in state { add("\(partPrefix)\(part)/\(name)", array) }
        }
        for (key, note) in checkpoint.notes { metadata[notePrefix + key] = note }
        metadata["format"] = name
        metadata["weft.version"] = version
        metadata["weft.step"] = "\(checkpoint.state.step)"
        metadata["weft.seed"] = "\(checkpoint.state.seed)"
        metadata["weft.checksum"] = noChecksum
        let written = try SafetensorsFile.write(arrays, metadata: metadata, to: file)
        guard let place = checksumPlace(written.header) else { return }
        try file.overwrite(digits(written.checksum), at: place)
    }

    /// What a checkpoint's header says, without its arrays.
    struct Header {
        let step: UInt64
        let seed: UInt64
        let notes: [String: String]

        /// - Throws: `FileError` when it is no header of a checkpoint.
        init(_ file: SafetensorsFile) throws {
            guard file.metadata["format"] == name else {
                throw FileError(
                    .malformed, file.path, at: 8,
                    "no checkpoint of Weft; arrays of other programs are read by `SafetensorsFile`, and a "
                        + "session takes them by `importPartialState`")
            }
            guard let found = file.metadata["weft.version"], found == version else {
                throw FileError(
                    .unsupported, file.path, at: 8,
                    "version \(file.metadata["weft.version"] ?? "none") of the format; version \(version) "
                        + "is known here")
            }
            guard let step = file.metadata["weft.step"].flatMap(UInt64.init),
                let seed = file.metadata["weft.seed"].flatMap(UInt64.init)
            else {
                throw FileError(.malformed, file.path, at: 8, "the step or the seed is missing")
            }
            self.step = step
            self.seed = seed
            notes = Dictionary(
                uniqueKeysWithValues: file.metadata.filter { $0.key.hasPrefix(notePrefix) }
                    .map { (String($0.key.dropFirst(notePrefix.count)), $0.value) })
        }
    }

    static func read(_ path: String) throws -> Checkpoint {
        let file = try SafetensorsFile(path)
        let header = try Header(file)
        var bytes = try file.headerBytes()
        guard let place = checksumPlace(bytes) else {
            throw FileError(.malformed, path, at: 8, "the checksum is missing")
        }
        let stated = Array(bytes[place..<place + 8])
        bytes.replaceSubrange(place..<place + 8, with: noChecksum.utf8)
        var sum = bytes.withUnsafeBytes { Checksum.crc32(0, $0) }
        var checkpoint = Checkpoint(
            state: SessionState(variables: [:], step: header.step, seed: header.seed),
            notes: header.notes)
        for key in file.metadata.keys where key.hasPrefix(partPrefix) {
            checkpoint.parts[String(key.dropFirst(partPrefix.count))] = [:]
        }
        for name in file.names {
            var array = try file.array(named: name)
            sum = array.withUnsafeBytes { Checksum.crc32(sum, $0) }
            if file.metadata[typePrefix + name] == complex, array.dtype == .float64,
                array.shape.last == 2
            {
                array = array.reinterpreted(as: .complex128, shape: array.shape.dropLast())
            }
            if name.hasPrefix(partPrefix) {
                let path = name.dropFirst(partPrefix.count)
                let end = path.firstIndex(of: "/") ?? path.startIndex
                checkpoint.parts[String(path[..<end]), default: [:]][
                    String(path[end...].dropFirst())] = array
            } else {
                checkpoint.state.variables[name] = array
            }
        }
        guard digits(sum) == stated else {
            throw FileError(
                .malformed, path, at: place,
                "the checksum differs: the file is damaged, or another program has changed it")
        }
        return checkpoint
    }

    /// Where the digits begin. No string has these characters: its quotes are escaped.
    private static func checksumPlace(_ header: [UInt8]) -> Int? {
        let key = Array(checksumKey.utf8)
        let last = header.count - key.count - noChecksum.utf8.count
        guard last >= 0 else { return nil }
        return (0...last).first { header[$0...].starts(with: key) }.map { $0 + key.count }
    }

    private static func digits(_ sum: UInt) -> [UInt8] {
        let digits = String(sum, radix: 16)
        return Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
    }
}
