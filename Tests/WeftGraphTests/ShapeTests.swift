// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

@Suite struct ShapeTests {
    @Test("a shape says what it knows")
    func queries() {
        let shape: Shape = [nil, 3, 4]
        #expect(shape.rank == 3 && shape.count == nil && !shape.isFullyKnown)
        #expect(shape[0] == nil && shape[1] == 3 && shape[-1] == 4)
        #expect(shape[3] == nil && shape[-4] == nil && shape[Int.min] == nil)
        #expect(Shape.unknown.rank == nil && Shape.unknown[0] == nil)
        #expect(Shape.scalar.count == 1 && Shape.scalar.dimensions == [])
        #expect(([2, 0, 3] as Shape).count == 0)
        #expect("\(shape)" == "[?, 3, 4]" && "\(Shape.unknown)" == "unknown")
        #expect("\(TensorType(.float32, .unknown))" == "f32[...]")
    }

    @Test("sizes beyond all memory are no number, and no crash")
    func overflow() {
        #expect(([1 << 40, 1 << 40] as Shape).count == nil)
        #expect(ArraySize.count([1 << 40, 1 << 40, 0]) == nil)
        #expect(ArraySize.count([-1, 0]) == nil)
        #expect(ArraySize.count([Int.max, 2]) == nil)
        #expect(!ArraySize.fits([1 << 47], .float64))
        #expect(ArraySize.fits([], .float64))
    }

    @Test("what two shapes say together, and what holds for both")
    func combining() {
        let a: Shape = [nil, 3]
        let b: Shape = [2, nil]
        #expect(a.merged(with: b) == [2, 3])
        #expect(a.merged(with: [2, 4]) == nil)
        #expect(a.merged(with: [3]) == nil)
        #expect(a.merged(with: .unknown) == a && Shape.unknown.merged(with: a) == a)
        #expect(a.joined(with: [2, 3]) == a)
        #expect(a.joined(with: [2, 3, 4]) == .unknown)
        #expect(
            a.admits([7, 3]) && !a.admits([7, 4]) && !a.admits([7]) && Shape.unknown.admits([7]))
    }

    @Test("a graph of impossible sizes carries an error and does not crash")
    func impossibleGraphs() {
        let x = AnyTensor.placeholder(.float32, shape: [1, 1])
        let huge = x.broadcasted(to: [1 << 40, 1 << 40])
        #expect(throws: (any Error).self) {
            try LoweredGraph(fetches: [huge + 1], feeds: [(x, ArrayType(.float32, [1, 1]))])
        }
        let padded = x.padded(low: [Int.max / 2, 0], high: [Int.max / 2, 0])
        #expect(throws: (any Error).self) {
            try LoweredGraph(fetches: [padded], feeds: [(x, ArrayType(.float32, [1, 1]))])
        }
        let reshaped = x.broadcasted(to: [1 << 40, 1 << 40]).reshaped(to: [-1])
        #expect(throws: (any Error).self) {
            try LoweredGraph(fetches: [reshaped], feeds: [(x, ArrayType(.float32, [1, 1]))])
        }
    }
}
