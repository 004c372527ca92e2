// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Reshaping, slicing, joining, indexing and sorting by hand-computed numbers.
@Suite struct MovementFunctionTests {
    typealias F = Tensor<Float>
    typealias I = Tensor<Int32>

    static let x = I([[1, 2, 3], [4, 5, 6]])

    @Test("dimensions are changed, moved, added and removed")
    func dimensions() {
        let x = Self.x
        expect(x.reshaped(to: [3, -1]), [3, 2], [1, 2, 3, 4, 5, 6])
        expect(x.reshaped(like: F.zeros(shape: [6])), [6], [1, 2, 3, 4, 5, 6])
        expect(x.flattened(), [6], [1, 2, 3, 4, 5, 6])
        #expect(I.zeros(shape: [2, 3, 4]).flattened(from: 1).shape == [2, 12])
        #expect(I.placeholder(shape: [nil, 3, 4]).flattened(from: 1).shape == [nil, 12])
        expect(x.transposed(), [3, 2], [1, 4, 2, 5, 3, 6])
        expect(x.transposed(permutation: [1, 0]), [3, 2], [1, 4, 2, 5, 3, 6])
        expect(x.swappingAxes(0, -1), [3, 2], [1, 4, 2, 5, 3, 6])
        #expect(I.zeros(shape: [2, 3, 4]).movingAxis(from: 0, to: -1).shape == [3, 4, 2])
        #expect(x.expandingDimension(at: -1).shape == [2, 3, 1])
        #expect(x.expandingDimensions(at: [0, 2]).shape == [1, 2, 1, 3])
        #expect(x.expandingDimensions(at: [0, 2]).squeezed().shape == [2, 3])
        #expect(x.expandingDimension(at: 1).squeezed(axes: [1]).shape == [2, 3])
        expect(I([7]).broadcasted(to: [2, 2]), [2, 2], [7, 7, 7, 7])
        expect(I([[1], [2]]).broadcasted(like: x), [2, 3], [1, 1, 1, 2, 2, 2])
    }

    @Test("subscripts take indices and ranges from both ends")
    func subscripts() {
        let x = Self.x
        expect(x[0], [3], [1, 2, 3])
        expect(x[-1], [3], [4, 5, 6])
        expect(x[0, 1], [], [2])
        expect(x[0..<1], [1, 3], [1, 2, 3])
        expect(x[..., 0], [2], [1, 4])
        expect(x[..., 1...], [2, 2], [2, 3, 5, 6])
        expect(x[..., ..<(-1)], [2, 2], [1, 2, 4, 5])
        expect(x[1, ..., 0...1], [2], [4, 5])
        expect(x[TensorRange.all, TensorRange.range(from: -2)], [2, 2], [2, 3, 5, 6])
        expect(x[..., TensorRange.range(by: 2)], [2, 2], [1, 3, 4, 6])
        expect(x[..., TensorRange.range(by: -1)], [2, 3], [3, 2, 1, 6, 5, 4])
        expect(x[..., TensorRange.range(by: -2)], [2, 2], [3, 1, 6, 4])
        expect(x[TensorRange.newAxis, 0], [1, 3], [1, 2, 3])
        expect(x[..., TensorRange.newAxis], [2, 3, 1], [1, 2, 3, 4, 5, 6])
        expect(x[..., TensorRange.newAxis, 1], [2, 1], [2, 5])
        expect(x[1..<1], [0, 3], [])
        #expect(x[TensorRange.all] == x)
    }

    @Test("subscripts reach the ends of axes of unknown size")
    func unknownSizes() {
        let x = I.placeholder(shape: [nil])
        let fed: [(any TensorConvertible, NDArray)] = [(x, [1, 2, 3, 4, 5])]
        expect(x[-1], [], [5], feeding: fed)
        expect(x[-2], [], [4], feeding: fed)
        expect(x[..<(-1)], [4], [1, 2, 3, 4], feeding: fed)
        expect(x[TensorRange.range(from: 1, to: -1)], [3], [2, 3, 4], feeding: fed)
        expect(x[TensorRange.range(from: -3)], [3], [3, 4, 5], feeding: fed)
        expect(x[TensorRange.range(from: -3, to: -1)], [2], [3, 4], feeding: fed)
        expect(x[TensorRange.range(from: 1, to: -1, by: 2)], [2], [2, 4], feeding: fed)
        expect(x[2...], [3], [3, 4, 5], feeding: fed)
        expect(x.rolled(by: 2, axis: 0), [5], [4, 5, 1, 2, 3], feeding: fed)
        expect(x.rolled(by: -2, axis: 0), [5], [3, 4, 5, 1, 2], feeding: fed)
        expect(x.tiled(by: [2]), [10], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], feeding: fed)
        expect(x.repeated(2, axis: 0), [10], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], feeding: fed)
        expect(
            x.padded(.reflect, sizes: [(2, 1)]), [8], [3, 2, 1, 2, 3, 4, 5, 4], feeding: fed)
        let matrix = I.placeholder(shape: [nil, nil, 1])
        expect(
            matrix.squeezed(axes: [2]), [1, 2], [1, 2], feeding: [(matrix, [[[1], [2]]])])
    }

    @Test("tensors are joined, cut and repeated")
    func joining() {
        let x = Self.x
        expect(concatenated([x, x], axis: 0), [4, 3], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
        expect(concatenated([x, I([[9], [9]])], axis: -1), [2, 4], [1, 2, 3, 9, 4, 5, 6, 9])
        expect(stacked([I([1, 2]), I([3, 4])]), [2, 2], [1, 2, 3, 4])
        expect(stacked([I([1, 2]), I([3, 4])], axis: -1), [2, 2], [1, 3, 2, 4])
        expect(x.unstacked(axis: 1)[2], [2], [3, 6])
        #expect(x.unstacked().count == 2)
        expect(x.split(into: 3, axis: 1)[1], [2, 1], [2, 5])
        expect(x.split(sizes: [1, 2], axis: 1)[1], [2, 2], [2, 3, 5, 6])
        expect(I([1, 2]).tiled(by: [2]), [4], [1, 2, 1, 2])
        expect(x.tiled(by: [1, 2]), [2, 6], [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
        expect(x.tiled(by: [0, 1]), [0, 3], [])
        expect(I([1, 2]).repeated(2, axis: 0), [4], [1, 1, 2, 2])
        expect(x.reversed(axes: [1]), [2, 3], [3, 2, 1, 6, 5, 4])
        expect(x.reversed(), [2, 3], [6, 5, 4, 3, 2, 1])
        expect(I([1, 2, 3]).rolled(by: 1, axis: 0), [3], [3, 1, 2])
        expect(I([1, 2, 3]).rolled(by: -4, axis: 0), [3], [2, 3, 1])
    }

    @Test("padding is a value or the elements themselves")
    func padding() {
        let x = I([1, 2, 3])
        expect(x.padded(with: 9, sizes: [(1, 2)]), [6], [9, 1, 2, 3, 9, 9])
        expect(x.padded(.reflect, sizes: [(2, 2)]), [7], [3, 2, 1, 2, 3, 2, 1])
        expect(x.padded(.symmetric, sizes: [(3, 1)]), [7], [3, 2, 1, 1, 2, 3, 3])
        expect(x.padded(.edge, sizes: [(1, 2)]), [6], [1, 1, 2, 3, 3, 3])
    }

    @Test("gather takes slices, elements and vectors of indices")
    func gathers() {
        let x = Self.x
        expect(x.gathered(at: I([1, 0, 1])), [3, 3], [4, 5, 6, 1, 2, 3, 4, 5, 6])
        expect(x.gathered(at: I([[2, 0]]), axis: 1), [2, 1, 2], [3, 1, 6, 4])
        expect(x.gathered(at: I(1), axis: 1), [2], [2, 5])
        expect(x.gathered(at: Tensor<UInt8>([1])), [1, 3], [4, 5, 6])
        expect(x.gathered(along: 1, at: I([[2], [0]])), [2, 1], [3, 4])
        expect(x.gatheredND(at: I([[1, 2], [0, 0]])), [2], [6, 1])
        expect(x.gatheredND(at: I([[1]])), [1, 3], [4, 5, 6])
        expect(x.gathered(at: I([[2], [0]]), axis: 1, batchRank: 1), [2, 1], [3, 4])
        let cube = I((0..<12).map { Int32($0) }, shape: [2, 3, 2])
        expect(
            cube.gathered(at: I([[2, 0], [1, 1]]), axis: 1, batchRank: 1), [2, 2, 2],
            [4, 5, 0, 1, 8, 9, 8, 9])
        expect(x.gathered(at: I([5]), outOfBounds: .clamped), [1, 3], [4, 5, 6])
        expect(x.gathered(at: I([5]), outOfBounds: .ignored), [1, 3], [0, 0, 0])
        #expect(throws: RunError.self) { try evaluate(x.gathered(at: I([2]))) }
        expect(embeddingLookup(F([[1, 2], [3, 4]]), at: I([1, 1])), [2, 2], [3, 4, 3, 4])
    }

    @Test("the gradient of gather adds up indices that occur twice")
    func gatherGradient() throws {
        let table = F([[1, 2], [3, 4], [5, 6]])
        let y = embeddingLookup(table, at: I([1, 1, 2]))
        let slope = try #require(try gradient(of: y, withRespectTo: table))
        expect(slope, [3, 2], [0, 0, 2, 2, 1, 1])
    }

    @Test("scatter sets, adds and leaves out")
    func scatters() {
        let x = Self.x
        expect(x.scattering(I([[7, 8, 9]]), at: I([1])), [2, 3], [1, 2, 3, 7, 8, 9])
        expect(
            x.scattering(I([[1, 1, 1], [1, 1, 1]]), at: I([0, 0]), combining: .add), [2, 3],
            [3, 4, 5, 4, 5, 6])
        expect(
            x.scatteringND(I([9]), at: I([[0, 2]]), combining: .set), [2, 3], [1, 2, 9, 4, 5, 6])
        expect(
            x.scattering(I([[7, 8, 9]]), at: I([4]), outOfBounds: .ignored), [2, 3],
            [1, 2, 3, 4, 5, 6])
        expect(F([1, 2, 3, 4]).segmentSums(I([0, 2, 0, -1]), count: 4), [4], [4, 0, 2, 0])
        expect(x.sliced(startingAt: I([0, 1]), sizes: [2, 2]), [2, 2], [2, 3, 5, 6])
        expect(x.sliced(startingAt: I([5, 5]), sizes: [1, -1]), [1, 3], [4, 5, 6])
        expect(
            x.replacing(startingAt: I([1, 1]), with: I([[0, 0]])), [2, 3], [1, 2, 3, 4, 0, 0])
    }

    @Test("sorting is stable and knows where elements were")
    func sorting() {
        let x = F([3, 1, 2, 1])
        expect(x.sorted(), [4], [1, 1, 2, 3])
        expect(x.argSorted(), [4], [1, 3, 2, 0])
        expect(x.sorted(isDescending: true), [4], [3, 2, 1, 1])
        expect(x.topK(2).values, [2], [3, 2])
        expect(x.topK(3).positions, [3], [0, 2, 1])
        expect(Self.x.sorted(axis: 0, isDescending: true), [2, 3], [4, 5, 6, 1, 2, 3])
    }

    @Test("matrices have bands, diagonals and traces")
    func matrices() {
        let x = I([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        expect(x.lowerTriangle(), [3, 3], [1, 0, 0, 4, 5, 0, 7, 8, 9])
        expect(x.lowerTriangle(diagonal: 1), [3, 3], [1, 2, 0, 4, 5, 6, 7, 8, 9])
        expect(x.upperTriangle(), [3, 3], [1, 2, 3, 0, 5, 6, 0, 0, 9])
        expect(x.upperTriangle(diagonal: 1), [3, 3], [0, 2, 3, 0, 0, 6, 0, 0, 0])
        expect(x.bandPart(lower: 0, upper: 1), [3, 3], [1, 2, 0, 0, 5, 6, 0, 0, 9])
        expect(x.diagonalPart(), [3], [1, 5, 9])
        expect(Self.x.diagonalPart(), [2], [1, 5])
        expect(Self.x.transposed().diagonalPart(), [2], [1, 5])
        expect(I([1, 2]).diagonalMatrix(), [2, 2], [1, 0, 0, 2])
        expect(x.trace(), [], [15])
        let grid = meshgrid([I([1, 2]), I([3, 4, 5])])
        expect(grid[0], [2, 3], [1, 1, 1, 2, 2, 2])
        expect(grid[1], [2, 3], [3, 4, 5, 3, 4, 5])
    }

    @Test("pixels become channels and back")
    func blocks() {
        let x = I((0..<16).map { Int32($0) }, shape: [1, 4, 4, 1])
        let deep = x.spaceToDepth(blockSize: 2)
        expect(deep, [1, 2, 2, 4], [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
        expect(deep.depthToSpace(blockSize: 2), [1, 4, 4, 1], (0..<16).map { Double($0) })
    }
}
