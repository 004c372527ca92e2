// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What the text of `cast(to:)` says of numbers that the type does not hold.
@Suite struct CastTests {
    @Test("NaN and what is too large", arguments: TestedEngine.allCases)
    func notHeld(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [3])
        let values = try engine.session().run(
            [
                x.cast(to: Int8.self), x.cast(to: Int16.self), x.cast(to: Int32.self),
                x.cast(to: Int64.self), x.cast(to: UInt8.self), x.cast(to: UInt32.self),
                x.cast(to: UInt64.self), x.cast(to: Bool.self),
            ], feeding: [x: NDArray([Float.nan, 1e30, 300.7])])
        let expected: [[Double]] = [
            [0, 0, 44], [0, 0, 300], [-0x1p31, -0x1p31, 300], [-0x1p63, -0x1p63, 300], [0, 0, 44],
            [0, 0, 300], [0x1p63, 0x1p63, 300], [1, 1, 1],
        ]
        for (value, row) in zip(values, expected) { #expect(value.doubles == row) }
    }
}
