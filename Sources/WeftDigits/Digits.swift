// SPDX-License-Identifier: Apache-2.0
import CWeftDigits
public import Weft
public import WeftData

/// Handwritten digits in grey, 8 by 8 pixels: one of them, a batch, or all. There are 1,797 (UCI 'Optical
/// Recognition of Handwritten Digits', the test part, E. Alpaydin and C. Kaynak 1998, CC BY 4.0).
///
/// ```swift
/// let batches = Dataset(rowsOf: try Digits.training()).shuffled(seed: 7).batch(64)
/// ```
public struct Digits: Example {
    /// Pixels from 0 to 1: `f32[8, 8, 1]`, of several digits `f32[n, 8, 8, 1]`.
    public var images: NDArray
    /// Which digits they are, from 0 to 9: `i32[]`, of several `i32[n]`.
    public var labels: NDArray

    /// The images and the labels.
    public static var arrays: [WritableKeyPath<Digits, NDArray>] { [\.images, \.labels] }

    /// The number of digits in all.
    public static var count: Int { Int(WEFT_DIGITS_COUNT) }

    /// All digits.
    public static func all() throws -> Digits { try subset { _ in true } }

    /// The digits to test with: every fifth.
    public static func test() throws -> Digits { try subset { $0 % 5 == 0 } }

    /// The digits to train on: all others.
    public static func training() throws -> Digits { try subset { $0 % 5 != 0 } }

    private static func subset(_ belongs: (Int) -> Bool) throws -> Digits {
        let (pixels, digits) = (weft_digits_pixels(), weft_digits_labels())
        let size = Int(WEFT_DIGITS_PIXELS)
        let side = Int(WEFT_DIGITS_SIDE)
        var images: [Float] = []
        var labels: [Int32] = []
        for index in 0..<count where belongs(index) {
            for i in 0..<size {
                images.append(Float(pixels[index * size + i]) / Float(WEFT_DIGITS_MAXIMUM))
            }
            labels.append(Int32(digits[index]))
        }
        return Digits(
            images: try NDArray(images).reshaped(to: [labels.count, side, side, 1]),
            labels: NDArray(labels))
    }
}
