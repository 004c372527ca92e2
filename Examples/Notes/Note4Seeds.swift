// SPDX-License-Identifier: Apache-2.0
import Weft

extension Notes {
    /// On random graphs: `gradients(ys, seeds: ws)` is `gradients(sum of all w * y)`.
    ///
    /// The two are run apart, and each is held against differences of the weighted sum in a random
    /// direction too: interning might make one graph of both, and then their being equal would say
    /// nothing.
    static func compareSeedsWithWeights(graphs: Int, in report: inout NoteReport) throws {
        var random = SplitMix(seed: 2017)
        var worst = (between: 0.0, seeds: 0.0, weights: 0.0)
        var failures: [Int] = []
        var same = 0
        var operations = 0
        let session = Session()
        for index in 0..<graphs {
            let graph = RandomGraph(using: &random)
            operations += graph.operationCount
            let found = try graph.compare(in: session, using: &random)
            if found.isOneGraph { same += 1 }
            worst.between = max(worst.between, found.betweenSides)
            worst.seeds = max(worst.seeds, found.seedsToNumeric)
            worst.weights = max(worst.weights, found.weightsToNumeric)
            // NaN must not pass for small.
            if !(found.betweenSides < 1e-12 && found.seedsToNumeric < 1e-7
                && found.weightsToNumeric < 1e-7)
            {
                failures.append(index)
            }
        }
        report.check(
            "seeds are weights, on \(graphs) random graphs", "\(failures.count) differ",
            is: "0 differ\(failures.isEmpty ? "" : "; they are \(failures.prefix(10))")",
            failures.isEmpty)
        report.fact(
            "largest deviation between the sides \(worst.between), from differences \(worst.seeds) "
                + "and \(worst.weights); \(operations) operations; \(same) pairs were one graph")
    }
}

/// A graph of smooth operations in f64 with several outputs, and a weight for each output.
private struct RandomGraph {
    /// How far apart results are, relative to their size.
    struct Deviations {
        let betweenSides: Double
        let seedsToNumeric: Double
        let weightsToNumeric: Double
        let isOneGraph: Bool
    }

    private typealias F = Tensor<Double>
    private static let shapes: [[Int]] = [[2, 3], [3], [2, 1], [1, 3], [], [3, 2], [3, 3]]

    private let xs: [F]
    private let xArrays: [NDArray]
    private let ys: [F]
    private let ws: [F]
    private let wArrays: [NDArray]
    let operationCount: Int

    init(using random: inout SplitMix) {
        var xs: [F] = []
        var xArrays: [NDArray] = []
        for _ in 0..<2 + random.index(below: 3) {
            let shape = Self.shapes[random.index(below: Self.shapes.count)]
            xs.append(F.placeholder(shape: Shape(shape)))
            xArrays.append(Self.array(shape, &random))
        }
        var tensors = xs
        operationCount = 3 + random.index(below: 10)
        for _ in 0..<operationCount { tensors.append(Self.operation(on: tensors, &random)) }

        // The last tensor is always an output; others are any, inner ones and inputs too.
        var ys = [tensors[tensors.count - 1]]
        for _ in 0..<1 + random.index(below: 3) {
            ys.append(tensors[random.index(below: tensors.count)])
        }
        self.ys = ys
        self.xs = xs
        self.xArrays = xArrays
        wArrays = ys.map { Self.array($0.shape.dimensions ?? [], &random) }
        ws = ys.map { F.placeholder(shape: $0.shape) }
    }

    private static func array(_ shape: [Int], _ random: inout SplitMix) -> NDArray {
        let count = shape.reduce(1, *)
        let numbers = (0..<count).map { _ in random.uniform() }
        return (try? NDArray(numbers, shape: shape)) ?? NDArray(numbers)
    }

    private static func broadcasts(_ a: Shape, _ b: Shape) -> Bool {
        zip((a.dimensions ?? []).reversed(), (b.dimensions ?? []).reversed())
            .allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
    }

    /// One more tensor from those that there are; its elements stay small.
    private static func operation(on tensors: [F], _ random: inout SplitMix) -> F {
        let x = tensors[random.index(below: tensors.count)]
        switch random.index(below: 14) {
        case 0: return tanh(x)
        case 1: return sigmoid(x * 2)
        case 2: return sin(x + 0.5)
        case 3: return exp(tanh(x))
        case 4: return log(x * x + 1)
        case 5: return sqrt(x * x + 0.5)
        case 6: return softplus(x)
        case 7 where (x.rank ?? 0) > 0: return x.sum(axes: [0], keepingDimensions: true)
        case 8 where (x.rank ?? 0) > 0: return x.mean(axes: [x.rank.map { $0 - 1 } ?? 0])
        case 9 where x.rank == 2: return x.transposed()
        case 10 where x.rank == 2: return tanh(matmul(x, x.transposed()))
        case 11:
            // A branch in the graph, differentiable where it stands.
            return cond(x.mean() .> 0, then: { x * x }, else: { sin(x) })
        default:
            // Two operands whose shapes broadcast; x itself always fits.
            let partners = tensors.filter { Self.broadcasts(x.shape, $0.shape) }
            let y = partners[random.index(below: partners.count)]
            switch random.index(below: 4) {
            case 0: return x + y * 0.5
            case 1: return x - y
            case 2: return tanh(x * y)
            default: return x / (y * y + 1)
            }
        }
    }

    func compare(in session: Session, using random: inout SplitMix) throws -> Deviations {
        let products = zip(ys, ws).map { ($0 * $1).sum() }
        let loss = products.dropFirst().reduce(products[0], +)
        let seeded = try gradients(
            of: ys, withRespectTo: xs, seeds: ws.map { Optional($0) }, unconnected: .zeros
        ).compactMap { $0 }
        let weighted = try gradients(
            of: [loss], withRespectTo: xs, unconnected: .zeros
        ).compactMap { $0 }

        func feeds(_ arrays: [NDArray]) -> Feeds {
            Feeds(zip(xs + ws, arrays + wArrays).map { ($0.anyTensor, $1) })
        }
        let a = try session.run(seeded, feeding: feeds(xArrays)).flatMap(\.doubles)
        let b = try session.run(weighted, feeding: feeds(xArrays)).flatMap(\.doubles)

        // d loss(x + t u) / dt at 0 by central differences, the term in h² taken out.
        let direction = a.map { _ in random.uniform() }
        func lossAt(_ t: Double) throws -> Double {
            var offset = 0
            let moved = try xArrays.map { array -> NDArray in
                defer { offset += array.count }
                let numbers = array.doubles.enumerated().map { $1 + t * direction[offset + $0] }
                return try NDArray(numbers, shape: array.shape)
            }
            return try session.run(loss, feeding: feeds(moved)).doubles[0]
        }
        func difference(_ h: Double) throws -> Double { try (lossAt(h) - lossAt(-h)) / (2 * h) }
        let h = 0.001
        let numeric = try (4 * difference(h / 2) - difference(h)) / 3

        let scale = a.reduce(1) { max($0, abs($1)) }
        func slope(_ g: [Double]) -> Double { zip(g, direction).reduce(0) { $0 + $1.0 * $1.1 } }
        // `max` would let a NaN go by.
        let between = zip(a, b).reduce(0) {
            $1.0.isNaN || $1.1.isNaN ? .nan : max($0, abs($1.0 - $1.1))
        }
        return Deviations(
            betweenSides: between / scale, seedsToNumeric: abs(slope(a) - numeric) / scale,
            weightsToNumeric: abs(slope(b) - numeric) / scale,
            isOneGraph: seeded == weighted)
    }
}
