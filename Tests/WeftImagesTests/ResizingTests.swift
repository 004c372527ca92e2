// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData
import WeftTestSupport

/// Images of other sizes.
@Suite struct ResizingTests {
    @Test("as Pillow does it: bytes to the bit, numbers to the last digits")
    func goldens() throws {
        let recorded = try RecordedImages()
        let sources = try recorded.images("sources")
        let fits: [String: ImageFit] = [
            "stretched": .stretched, "cropped": .cropped, "padded": .padded,
        ]
        for row in try recorded.golden.list("resized") {
            let name = try #require(row["source"] as? String)
            let fit = try #require(fits[row["fit"] as? String ?? ""])
            let expected = try RecordedImages.image(row["image"])
            let size = (height: expected.shape[0], width: expected.shape[1])
            let image = try #require(sources[name]).resizedImage(to: size, fit: fit)
            if image.dtype == .uint8 {
                #expect(image == expected, "\(name), \(fit), \(size)")
            } else {
                // Both sum in 64 bits, in another order perhaps: one unit in the last place of numbers up to 143.
                #expect(largestDifference(image, expected) <= 1.6e-5, "\(name), \(fit), \(size)")
            }
        }
    }

    @Test("what is even stays so, in each type, and the whole is the mean")
    func evenness() throws {
        for dtype in [DType.uint8, .uint16, .float32] {
            let even = try NDArray(repeating: 200, dtype: dtype, shape: [7, 5, 2])
            for size in [(1, 1), (3, 9), (14, 10), (7, 5)] {
                for fit in [ImageFit.stretched, .cropped] {
                    let image = try even.resizedImage(to: (size.0, size.1), fit: fit)
                    #expect(image.dtype == dtype && image.shape == [size.0, size.1, 2])
                    #expect(image.doubles.allSatisfy { abs($0 - 200) < 1e-4 }, "\(dtype) \(size)")
                }
            }
        }
        // A step of 16 bits, and no weight beyond the edge.
        let deep = try NDArray([0, 65535] as [UInt16], shape: [1, 2, 1])
        #expect(try deep.resizedImage(to: (1, 4)).doubles == [0, 16384, 49151, 65535])
        let padded = try NDArray(repeating: UInt8(9), shape: [2, 4, 1])
            .resizedImage(to: (4, 4), fit: .padded)
        #expect(padded.doubles == [0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0])
    }

    @Test("what cannot be resized is said")
    func refused() throws {
        let image = try picture(4, 5, 3)
        for size in [(0, 3), (3, 0), (-1, 3), (.min, .min)] as [(Int, Int)] {
            #expect(throws: DataError.self) { try image.resizedImage(to: (size.0, size.1)) }
        }
        for size in [(.max, .max), (1 << 40, 1 << 40), (1, .max), (.max, 1)] as [(Int, Int)] {
            for fit in ImageFit.allCases {
                #expect(throws: ArrayError.self) {
                    try image.resizedImage(to: (size.0, size.1), fit: fit)
                }
            }
        }
        #expect(throws: DataError.self) { try image.cast(to: .int32).resizedImage(to: (2, 2)) }
        #expect(throws: DataError.self) { try image.reshaped(to: [60]).resizedImage(to: (2, 2)) }
        let empty = try NDArray(repeating: UInt8(0), shape: [0, 2, 3])
        #expect(throws: DataError.self) { try empty.resizedImage(to: (2, 2)) }
        let none = try NDArray(repeating: UInt8(0), shape: [3, 2, 0])
        #expect(try none.resizedImage(to: (1 << 20, 1 << 20)).shape == [1 << 20, 1 << 20, 0])
    }
}
