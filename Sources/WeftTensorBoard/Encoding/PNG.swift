// SPDX-License-Identifier: Apache-2.0
import CZlib
import WeftArrays

/// Pictures as PNG files, of 8 bits a channel.
enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    /// What surely fits a chunk of a file, deflated too.
    static let mostBytes = 1 << 30

    /// A file of pixels in rows from the top, each pixel's channels one behind the other.
    ///
    /// - Parameter channels: 1 for grey, 2 for grey and opacity, 3 for red, green and blue, 4 for these and opacity.
    /// - Returns: nil where zlib has no memory.
    static func encoded(
        _ pixels: UnsafeRawBufferPointer, width: Int, height: Int, channels: Int
    ) -> [UInt8]? {
        let colorTypes: [UInt8] = [0, 4, 2, 6]
        var file = signature
        let header =
            word(UInt32(width)) + word(UInt32(height)) + [8, colorTypes[channels - 1], 0, 0, 0]
        file += chunk("IHDR", header)
        guard let data = deflated(filtered(pixels, rowBytes: width * channels, height, channels))
        else { return nil }
        file += chunk("IDAT", data)
        file += chunk("IEND", [])
        return file
    }

    /// The rows, each less what is left of and above it in the way that leaves the least: what does not change
    /// becomes zeros, which deflate to little.
    private static func filtered(
        _ pixels: UnsafeRawBufferPointer, rowBytes: Int, _ height: Int, _ channels: Int
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((rowBytes + 1) * height)
        var best = [UInt8](repeating: 0, count: rowBytes)
        var trial = best
        for row in 0..<height {
            let own = row * rowBytes
            var bestFilter: UInt8 = 0
            var bestCost = Int.max
            for filter: UInt8 in 0...2 where filter < 2 || row > 0 {
                var cost = 0
                for index in 0..<rowBytes {
                    let before: UInt8 =
                        switch filter {
                        case 1: index < channels ? 0 : pixels[own + index - channels]
                        case 2: pixels[own - rowBytes + index]
                        default: 0
                        }
                    let rest = pixels[own + index] &- before
                    trial[index] = rest
                    cost += Int(min(rest, 0 &- rest))
                }
                if cost < bestCost {
                    (bestCost, bestFilter) = (cost, filter)
                    swap(&best, &trial)
                }
            }
            result.append(bestFilter)
            result += best
        }
        return result
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        var count = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        guard compress2(&result, &count, bytes, uLong(bytes.count), 6) == Z_OK else { return nil }
        result.removeLast(result.count - Int(count))
        return result
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        let sum = body.withUnsafeBytes { bytes in
            crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        }
        return word(UInt32(truncatingIfNeeded: data.count)) + body
            + word(UInt32(truncatingIfNeeded: sum))
    }

    private static func word(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }
}
