// SPDX-License-Identifier: Apache-2.0
import WeftArrays

extension NDArray {
    /// An image of `u8` or `u16` with other samples.
    func withChannels(_ channels: ImageChannels) throws(MemoryShortage) -> NDArray {
        if shape[2] == channels.rawValue { return self }
        return dtype == .uint16
            ? try converted(UInt16.self, to: channels.rawValue)
            : try converted(UInt8.self, to: channels.rawValue)
    }

    /// An image of `u8` or `u16` with samples of a type; wider ones have the same part of their range.
    func withDepth(_ depth: ImageDepth) throws(MemoryShortage) -> NDArray {
        guard depth == .bits16, dtype == .uint8 else { return self }
        return try NDArray(dtype: .uint16, shape: shape) { target in
            let numbers = target.assumingMemoryBound(to: UInt16.self)
            withUnsafeBytes { bytes in
                for (place, byte) in bytes.enumerated() { numbers[place] = UInt16(byte) &* 257 }
            }
        }
    }

    private func converted<S: FixedWidthInteger & UnsignedInteger>(
        _: S.Type, to channels: Int
    ) throws(MemoryShortage) -> NDArray {
        let (own, pixels) = (shape[2], shape[0] * shape[1])
        return try NDArray(dtype: dtype, shape: [shape[0], shape[1], channels]) { target in
            let target = target.assumingMemoryBound(to: S.self)
            withUnsafeBytes { bytes in
                let source = bytes.bindMemory(to: S.self)
                for pixel in 0..<pixels {
                    let (from, to) = (pixel * own, pixel * channels)
                    let isGrey = own < 3
                    if channels < 3 {
                        target[to] = isGrey ? source[from] : Self.grey(source, from)
                    } else {
                        target[to] = source[from]
                        target[to + 1] = source[isGrey ? from : from + 1]
                        target[to + 2] = source[isGrey ? from : from + 2]
                    }
                    if channels % 2 == 0 {
                        target[to + channels - 1] = own % 2 == 0 ? source[from + own - 1] : .max
                    }
                }
            }
        }
    }

    /// ITU-R 601's luma, with 16 digits behind the point, as Pillow has it.
    private static func grey<S: FixedWidthInteger & UnsignedInteger>(
        _ source: UnsafeBufferPointer<S>, _ place: Int
    ) -> S {
        let red = Int(source[place]) * 19595
        let green = Int(source[place + 1]) * 38470
        let blue = Int(source[place + 2]) * 7471
        return S(truncatingIfNeeded: (red + green + blue + 1 << 15) >> 16)
    }
}
