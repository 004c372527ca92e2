// SPDX-License-Identifier: Apache-2.0
import Weft

/// Samples of 16 bits in a RIFF file of waves.
struct WaveFile {
    let rate: Int
    private let channels: Int
    /// Of all channels in turn.
    private let samples: [Int16]

    init(_ bytes: [UInt8]) throws {
        func text(_ place: Int) -> String {
            place + 4 <= bytes.count
                ? String(decoding: bytes[place..<place + 4], as: UTF8.self) : ""
        }
        func number(_ place: Int, _ count: Int) throws -> Int {
            guard place + count <= bytes.count else {
                throw HostProblem("the file ends at byte \(bytes.count), within its header")
            }
            return bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard text(0) == "RIFF", text(8) == "WAVE" else {
            throw HostProblem("it is no file of waves, which begins with RIFF and WAVE")
        }
        var place = 12
        var format: (rate: Int, channels: Int)?
        while place + 8 <= bytes.count {
            let size = try number(place + 4, 4)
            let start = place + 8
            switch text(place) {
            case "fmt ":
                let (kind, bits) = (try number(start, 2), try number(start + 14, 2))
                guard kind == 1 || kind == 0xFFFE, bits == 16 else {
                    throw HostProblem(
                        "its format is \(kind) with \(bits) bits; only PCM with 16 bits is supported"
                    )
                }
                format = (try number(start + 4, 4), try number(start + 2, 2))
            case "data":
                guard let format, format.channels > 0 else {
                    throw HostProblem("its samples come before their format")
                }
                (rate, channels) = format
                let end = min(start + size, bytes.count)
                let count = (end - start) / (2 * channels) * channels
                samples = (0..<count).map {
                    Int16(bitPattern: UInt16(bytes[start + 2 * $0]))
                        | Int16(bitPattern: UInt16(bytes[start + 2 * $0 + 1]) << 8)
                }
                return
            default: break
            }
            // Parts begin at even places.
            place = start + size + size % 2
        }
        throw HostProblem("it has no samples")
    }

    /// The samples between −1 and 1: [count, channels].
    ///
    /// - Parameters:
    ///   - channels: How many channels; more than there are repeat the last. −1 for those of the file.
    ///   - count: How many samples; zeros stand behind the end. −1 for those of the file.
    func samples(channels wanted: Int, count: Int) throws -> NDArray {
        let own = samples.count / channels
        let (rows, columns) = (count < 0 ? own : count, wanted < 1 ? channels : wanted)
        guard ArraySize.fits([rows, columns], .float32) else {
            throw HostProblem("\([rows, columns]) samples do not fit memory")
        }
        let numbers = (0..<rows).flatMap { row in
            (0..<columns).map { column in
                row < own
                    ? Float(samples[row * channels + min(column, channels - 1)]) / 32768 : 0
            }
        }
        return try NDArray(numbers, shape: [rows, columns])
    }

    /// A file of samples between −1 and 1.
    static func bytes(_ samples: [Double], channels: Int, rate: Int) throws -> [UInt8] {
        func little(_ number: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let size = 2 * samples.count
        guard size <= Int(UInt32.max) - 44 else { throw HostProblem("\(size) bytes are too many") }
        let header =
            Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
            + little(1, 2) + little(channels, 2) + little(rate, 4)
            + little(rate * channels * 2, 4) + little(channels * 2, 2) + little(16, 2)
            + Array("data".utf8) + little(size, 4)
        return header
            + samples.flatMap { sample in
                let scaled = sample.isNaN ? 0 : max(-32768, min(32767, sample * 32768))
                return little(Int(scaled.rounded()), 2)
            }
    }
}
