// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A graph of random operations on random shapes, its loss and its gradients: for engines to be held
/// against each other.
///
/// The same seed and number make the same graph everywhere.
package struct RandomGraph {
    /// What all numbers of the graph are.
    package let dtype: DType
    var random: TestRandom
    /// The most elements of an array, and the most multiplications of a product.
    let mostElements: Int
    let mostProducts: Int
    /// What is fed: the tensors and their arrays.
    var feeds: [(tensor: AnyTensor, array: NDArray)] = []
    /// What was made so far.
    var values: [AnyTensor] = []
    /// What is fetched: the results and, behind them, tensors on the way to them.
    package private(set) var results: [AnyTensor] = []
    package private(set) var inner: [AnyTensor] = []

    /// Makes a graph.
    ///
    /// - Parameter isLarge: Whether arrays may have 300,000 elements, so that what the compiler does
    ///   for those only is met, too.
    package init(seed: String, number: Int, isLarge: Bool = false) throws {
        random = TestRandom("random graph \(seed) \(number)")
        // Most faults need no other type than the one that most is done for.
        let types: [DType] = [.float64, .bfloat16, .float16, .int32, .int32]
        dtype = random.index(below: 10) < 7 ? .float32 : types[random.index(below: types.count)]
        let limits = [300, 1500, 1500, 5000, 20_000]
        mostElements = isLarge ? 300_000 : limits[random.index(below: limits.count)]
        mostProducts = 20 * mostElements
        addInput(shape())
        let length = 2 + random.index(below: 10)
        for _ in 0..<length { addOperation() }
        try finish()
    }

    /// The results are the last value, or a loss made of it and its gradients.
    private mutating func finish() throws {
        guard let last = values.last else { return }
        if dtype.isFloatingPoint, random.index(below: 5) > 0 {
            let loss = loss(of: last)
            let inputs = feeds.map(\.tensor).filter { $0.dtype == dtype }
            let slopes = try gradients(of: [loss], withRespectTo: inputs)
            results = [loss] + slopes.compactMap(\.self)
        } else {
            results = [last]
        }
        for value in values where random.index(below: 3) == 0 { inner.append(value) }
    }

    /// The graph as a program, whose outputs are the results and then the inner tensors.
    package func program() throws -> Program {
        try LoweredGraph(
            fetches: results + inner, feeds: feeds.map { ($0.tensor, $0.array.type) }
        ).program
    }

    /// What the inputs of the program are fed.
    package var arrays: [NDArray] { feeds.map(\.array) }

    /// Other arrays for the same program. Indices stay.
    package func otherArrays(_ round: Int) -> [NDArray] {
        var random = random
        for _ in 0..<round { _ = random.next() }
        return feeds.map { feed in
            feed.tensor.dtype == dtype
                ? random.array(dtype, feed.array.shape, in: Self.range(dtype)) : feed.array
        }
    }

    private static func range(_ dtype: DType) -> ClosedRange<Double> {
        dtype.isFloatingPoint ? -1.5...1.5 : -100...100
    }

    // MARK: Shapes

    private static let sizes = [
        1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255,
        256, 257, 784, 1000, 1023, 1024, 1025, 2000,
    ]

    /// Up to five axes, the sizes around those that kernels and the compiler treat otherwise.
    mutating func shape() -> [Int] {
        let rank = [0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5][random.index(below: 14)]
        var dims: [Int] = []
        var volume = 1
        for _ in 0..<rank {
            let fitting = Self.sizes.prefix { $0 * volume <= mostElements }
            // Small and large ones alike.
            let wanted = 1 + random.index(below: 4) * Self.sizes.count / 4 + random.index(below: 8)
            var size = fitting[min(wanted, fitting.count - 1)]
            if random.index(below: 150) == 0 { size = 0 }
            dims.append(size)
            volume = max(volume * size, 1)
        }
        // Long rows last and long columns first.
        return random.index(below: 3) == 0 ? dims.shuffled(using: &random) : dims
    }

    func dims(_ x: AnyTensor) -> [Int] { x.shape.dims ?? [] }

    func volume(_ dims: [Int]) -> Int { dims.reduce(1, *) }

    // MARK: Values

    /// An earlier value, often a recent one, so that chains arise.
    mutating func pick() -> AnyTensor {
        let recent = random.index(below: 4) > 0 ? min(values.count, 3) : values.count
        return values[values.count - 1 - random.index(below: recent)]
    }

    @discardableResult
    mutating func addInput(_ dims: [Int]) -> AnyTensor {
        let tensor = AnyTensor.placeholder(
            dtype, shape: Shape(dims: dims), name: "x\(feeds.count)")
        feeds.append((tensor, random.array(dtype, dims, in: Self.range(dtype))))
        if values.isEmpty { values.append(tensor) }
        return tensor
    }

    /// Indices below a limit, known or fed. Where `mayMiss` some are not.
    mutating func indices(_ dims: [Int], below limit: Int, mayMiss: Bool = false) -> AnyTensor {
        let type: DType = random.index(below: 2) == 0 ? .int64 : .int32
        let spread = mayMiss && random.index(below: 3) == 0 ? 2 : 0
        let numbers = (0..<volume(dims)).map { _ in
            Int64(random.index(below: limit + spread)) - Int64(spread / 2)
        }
        let array = NDArray(integers: numbers, dtype: type, shape: dims)
        if random.index(below: 2) == 0 { return .constant(array) }
        let tensor = AnyTensor.placeholder(type, shape: Shape(dims: dims), name: "i\(feeds.count)")
        feeds.append((tensor, array))
        return tensor
    }

    /// Keeps a value unless it is too large, or is none.
    mutating func keep(_ value: AnyTensor) {
        guard (try? value.validated()) != nil, value.dtype == dtype,
            value.shape.dims?.contains(where: { $0 < 0 }) == false,
            volume(dims(value)) <= mostElements
        else { return }
        values.append(value)
    }
}
