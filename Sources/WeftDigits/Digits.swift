// SPDX-License-Identifier: Apache-2.0
import CWeftDigits
public import Weft

/// 1,797 handwritten digits in grey, 8 by 8 pixels (UCI 'Optical Recognition of Handwritten
/// Digits', the test part, E. Alpaydin and C. Kaynak 1998, CC BY 4.0).
public enum Digits {
    /// The number of examples.
    public static var count: Int { Int(WEFT_DIGITS_COUNT) }

    /// All examples: images `f32[n, 8, 8, 1]` from 0 to 1, labels `i32[n]` from 0 to 9.
    public static func all() throws -> Examples { try subset { _ in true } }

    /// The test examples: every fifth.
    public static func test() throws -> Examples { try subset { $0 % 5 == 0 } }

    /// The training examples: all others.
    public static func training() throws -> Examples { try subset { $0 % 5 != 0 } }

    private static func subset(_ belongs: (Int) -> Bool) throws -> Examples {
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
        return try Examples(
            NDArray(images).reshaped(to: [labels.count, side, side, 1]), NDArray(labels))
    }
}
