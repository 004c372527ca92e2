// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// Random types and attributes, hostile ones among them, through every shape rule and the functions
/// that compute sizes. A rule that traps ends the test's process: coming to the end is what is
/// tested, and that no type comes out that no array could have.
@Suite struct HostileRuleTests {
    private struct Draw {
        var random: TestRandom

        private static let sizes = [
            Int.min, Int.min + 1, -(1 << 48), -3, -2, -1, -1, 0, 0, 1, 1, 2, 3, 4, 7, (1 << 20) + 1,
            (1 << 31) - 1, 1 << 31, 1 << 40, 1 << 48, (1 << 48) + 1, 1 << 62, Int.max - 1, Int.max,
        ]
        private static let dims = [-1, -1, 0, 1, 1, 2, 3, 3, 4, 8, 1 << 24, 1 << 40]

        mutating func below(_ limit: Int) -> Int { random.index(below: limit) }
        mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
        /// Mostly small, else anything.
        mutating func size() -> Int { below(3) > 0 ? below(4) : pick(Self.sizes) }
        mutating func many(_ count: Int) -> [Int] { (0..<count).map { _ in size() } }
        mutating func count() -> Int { below(5) }

        mutating func type() -> TensorType {
            let dtype = below(4) > 0 ? DType.float32 : pick(DType.allCases)
            if dtype == .list { return TensorType(.list, []) }
            if below(12) == 0 { return TensorType(dtype, .unknown) }
            let dims = (0..<count()).map { _ in pick(Self.dims) }
            return ArraySize.isAddressable(dims)
                ? TensorType(dtype, dims) : TensorType(dtype, .unknown)
        }

        mutating func types(_ count: Int) -> [TensorType] {
            let first = type()
            return (0..<count).map { _ in below(2) == 0 ? first : type() }
        }

        mutating func padding(_ count: Int) -> [ConvolutionAttributes.AxisPadding] {
            (0..<count).map { _ in below(3) == 0 ? .same : .init(size(), size()) }
        }

        mutating func convolution() -> ConvolutionAttributes {
            let rank = count()
            return ConvolutionAttributes(
                strides: many(rank), padding: padding(below(4) > 0 ? rank : count()),
                inputDilation: many(rank), filterDilation: many(rank), groups: size())
        }

        mutating func window() -> WindowAttributes {
            let rank = count()
            return WindowAttributes(
                sizes: many(rank), strides: many(rank), padding: padding(rank),
                dilations: many(below(8) > 0 ? rank : count()))
        }

        mutating func slice() -> SliceAttributes {
            let rank = count()
            return SliceAttributes(
                starts: many(rank), limits: many(rank), strides: many(below(8) > 0 ? rank : 1))
        }

        mutating func group() -> GroupedAxis {
            let (a, b) = (below(5), below(5))
            switch below(3) {
            case 0: return .size(size())
            case 1: return .quotient(axis: below(8) > 0 ? a : size(), by: size())
            default: return .product(min(a, b)..<max(a, b))
            }
        }

        /// An operation and how many operands it takes.
        mutating func operation() -> (Operation, Int) {
            switch below(42) {
            case 0: return (.unsettled(.iotaLike(axis: size())), 1)
            case 1:
                return (.primitive(.reduce(pick(ReductionKind.allCases), axes: many(count()))), 1)
            case 2: return (.primitive(.argReduce(.argMax, axis: size())), 1)
            case 3:
                let attributes = CumulativeAttributes(
                    kind: pick(ReductionKind.allCases), axis: size(), isExclusive: false,
                    isReversed: false)
                return (.primitive(.cumulative(attributes)), 1)
            case 4:
                let dimensions = DotDimensions(
                    lhsContracting: many(below(3)), rhsContracting: many(below(3)),
                    lhsBatch: many(below(3)), rhsBatch: many(below(3)))
                return (.primitive(.dot(dimensions)), 2)
            case 5: return (.primitive(.convolution(convolution())), 2)
            case 6: return (.unsettled(.convolutionInputGradientLike(convolution())), 3)
            case 7: return (.unsettled(.convolutionFilterGradientLike(convolution())), 3)
            case 8: return (.primitive(.window(pick(WindowKind.allCases), window())), 1)
            case 9: return (.unsettled(.windowSumGradientLike(window())), 2)
            case 10: return (.primitive(.maxPoolGradient(window())), 2)
            case 11: return (.primitive(.maxPoolPick(window())), 2)
            case 12: return (.primitive(.reshape(many(count()))), 1)
            case 13: return (.unsettled(.regroup((0..<count()).map { _ in group() })), 1)
            case 14: return (.unsettled(.expand(axes: many(count()))), 1)
            case 15: return (.primitive(.broadcast(shape: many(count()), axes: many(count()))), 1)
            case 16: return (.unsettled(.broadcastLike(axes: many(count()))), 2)
            case 17: return (.unsettled(.unbroadcastLike), 2)
            case 18: return (.primitive(.transpose(many(count()))), 1)
            case 19: return (.primitive(.slice(slice())), 1)
            case 20: return (.unsettled(.sliceGradient(slice())), 2)
            case 21: return (.primitive(.dynamicSlice(sizes: many(count()))), 2)
            case 22: return (.primitive(.dynamicUpdateSlice), 3)
            case 23:
                let rank = count()
                let attributes = PadAttributes(
                    low: many(rank), high: many(rank), interior: many(rank))
                return (.primitive(.pad(attributes)), 2)
            case 24: return (.primitive(.concatenate(axis: size())), count())
            case 25:
                return (.unsettled(.concatenateSlice(axis: size(), index: size())), 1 + count())
            case 26: return (.primitive(.gather(gather())), 2)
            case 27:
                let attributes = ScatterAttributes(
                    updateWindowAxes: many(below(3)), insertedWindowAxes: many(below(3)),
                    scatterAxesToOperandAxes: many(below(3)), indexVectorAxis: size(),
                    mode: .checked)
                return (.primitive(.scatter(.add, attributes)), 3)
            case 28: return (.primitive(.topK(size())), 1)
            case 29: return (.unsettled(.topKLike), 2)
            case 30: return (.unsettled(.sliceLike), 3)
            case 31: return (.unsettled(.sliceLikeGradient), 3)
            case 32: return (.unsettled(.padLike), 4)
            case 33:
                let rules: [SizeRule] = [.sizes, .total, .remaining, .range]
                return (.unsettled(.shaped(pick(rules))), 3)
            case 34: return (.unsettled(.shaped(.part(axis: size(), index: size()))), 2)
            case 35: return (.primitive(.cholesky), 1)
            case 36:
                let attributes = TriangularSolveAttributes(
                    isLower: below(2) == 0, isTransposed: below(2) == 0, isUnit: below(2) == 0)
                return (.primitive(.triangularSolve(attributes)), 2)
            case 37: return (.primitive(.lu), 1)
            case 38: return (.primitive(.qr), 1)
            case 39: return (.primitive(.svd(hasVectors: below(2) == 0)), 1)
            case 40: return (.primitive(.selfAdjointEigen(hasVectors: below(2) == 0)), 1)
            default:
                return (.primitive(.sort(SortAttributes(axis: size(), isDescending: false))), 1)
            }
        }

        private mutating func gather() -> GatherAttributes {
            GatherAttributes(
                offsetAxes: many(below(4)), collapsedAxes: many(below(3)),
                startIndexMap: many(below(3)), indexVectorAxis: size(), sliceSizes: many(count()),
                mode: .checked)
        }
    }

    @Test("no attributes and operands make a rule trap", arguments: 0..<8)
    func rules(part: Int) throws {
        var draw = Draw(random: TestRandom("hostile rules \(part)"))
        var passed = 0
        for _ in 0..<4000 {
            let (operation, count) = draw.operation()
            let operands = draw.types(count)
            guard let types = try? operation.inferTypes(operands) else { continue }
            passed += 1
            for type in types {
                for size in type.shape.dims ?? [] where size < -1 {
                    Issue.record("\(operation) of \(operands) gives \(type)")
                }
            }
        }
        // Rules that refuse everything would pass as well.
        #expect(passed > 100)
    }

    private typealias F = Tensor<Float>

    /// Functions of a tensor with sizes and positions.
    private static func function(_ draw: inout Draw, _ x: F) -> [F] {
        let (a, b) = (draw.size(), draw.size())
        let (few, other) = (draw.many(draw.count()), draw.many(draw.count()))
        let steps = draw.many(draw.below(4))
        let padding: Padding =
            [.same, .valid, .explicit(low: few, high: other)][draw.below(3)]
        let filter = F.placeholder(
            shape: Shape(
                (0..<3 + draw.below(3)).map { _ in draw.below(5) == 0 ? nil : draw.below(4) }))
        let index = Tensor<Int32>.placeholder(shape: x.shape)
        let numbers = Tensor(few.map(Int64.init))
        switch draw.below(48) {
        case 0: return [x.reshaped(to: few)]
        case 1: return [x.flattened(from: a, through: b)]
        case 2: return [x.transposed(permutation: few)]
        case 3: return [x.movingAxis(from: a, to: b), x.swappingAxes(a, b)]
        case 4: return [x.expandingDimensions(at: few)]
        case 5: return [x.squeezed(axes: few)]
        case 6: return [x.broadcasted(to: few)]
        case 7: return [x.tiled(by: few)]
        case 8: return [x.repeated(a, axis: b)]
        case 9: return [x.reversed(axes: few)]
        case 10: return [x.rolled(by: a, axis: b)]
        case 11: return Array(x.split(into: a, axis: b).prefix(3))
        case 12: return x.split(sizes: few, axis: a)
        case 13: return Array(x.unstacked(axis: a).prefix(3))
        case 14: return [concatenated([x, x, filter], axis: a), stacked([x, x], axis: b)]
        case 15: return [x[TensorRange.range(from: a, to: b)]]
        case 16: return [x[TensorRange.range(from: a, to: b, by: draw.size())]]
        case 17: return [x[a, b], x[..., a], x[TensorRange.range(from: a), b]]
        case 18: return [x.padded(with: 0, sizes: zip(few, other).map { ($0, $1) })]
        case 19:
            let mode = PaddingMode.allCases[draw.below(3)]
            return [x.padded(mode, sizes: zip(few, other).map { ($0, $1) })]
        case 20: return [x.lowerTriangle(diagonal: a), x.upperTriangle(diagonal: b)]
        case 21: return [x.bandPart(lower: a, upper: b), x.diagonalPart(), x.trace()]
        case 22: return [x.spaceToDepth(blockSize: a), x.depthToSpace(blockSize: a)]
        case 23: return [x.diagonalMatrix(), F.identity(a, columns: b)]
        case 24:
            return [
                F.range(from: Double(a), to: Double(b), by: draw.random.number(in: -1...1)),
                F.linspace(from: Double(a), to: Double(b), count: draw.size()),
            ]
        case 25: return [F.iota(shape: few, axis: a), F.filled(1, shape: few)]
        case 26: return [F.oneHot(index, depth: a, axis: b)]
        case 27:
            return [x.gathered(at: index, axis: a, batchRank: b), x.gathered(along: a, at: index)]
        case 28: return [x.gatheredND(at: index), x.scattering(x, at: index)]
        case 29: return [x.segmentSums(index, count: a), x.topK(b).values, x.sorted(axis: a)]
        case 30: return [x.sliced(startingAt: index, sizes: few)]
        case 31: return [x.sum(axes: few), x.max(axes: other, keepingDimensions: true)]
        case 32: return [x.mean(axes: few), x.variance(axes: other), x.cumulativeSum(axis: a)]
        case 33: return [conv1D(x, filter: filter, strides: steps, padding: padding, groups: a)]
        case 34:
            return [conv2D(x, filter: filter, strides: steps, padding: padding, dilations: few)]
        case 35:
            return [transposedConv1D(x, filter: filter, strides: steps, padding: padding)]
        case 36:
            return [
                transposedConv2D(
                    x, filter: filter, strides: steps, padding: padding, dilations: few, groups: a)
            ]
        case 37: return [depthwiseConv2D(x, filter: filter, strides: steps, padding: padding)]
        case 39: return [x.reshaped(to: numbers), x.broadcasted(to: numbers)]
        case 40: return [x.tiled(by: numbers), x.tiled(by: x.sizes)]
        case 41: return [x.repeated(numbers, axis: a), x.repeated(Tensor(Int64(a)), axis: b)]
        case 42:
            let pairs = stacked([numbers, Tensor(other.map(Int64.init))], axis: 1)
            return [x.padded(with: 1, sizes: pairs)]
        case 43: return [x.sliced(startingAt: index, sizes: numbers)]
        case 44: return Array(x.split(sizes: numbers, axis: a).prefix(3))
        case 45:
            let ends = [a, b, draw.size()].map { Tensor(Int64($0)) }
            return [
                Tensor<Int64>.range(from: ends[0], to: ends[1], by: ends[2]).cast(to: Float.self)
            ]
        case 46:
            let count = Tensor(Int64(a))
            return [
                x.segmentSums(index, count: count), x.topK(count).values,
                F.oneHot(index, depth: count, axis: b),
            ]
        case 47: return Array(x.unstacked(axis: a, count: b).prefix(3))
        case 38: return [maxPool2D(x, size: few, strides: steps, padding: padding)]
        default:
            return [
                averagePool2D(x, size: few, padding: padding, countsPadding: a > 1),
                averagePool3D(x, size: steps, padding: padding),
            ]
        }
    }

    @Test("no sizes and positions make a function or its gradient trap", arguments: 0..<8)
    func functions(part: Int) throws {
        var draw = Draw(random: TestRandom("hostile functions \(part)"))
        var (passed, differentiated) = (0, 0)
        for _ in 0..<1500 {
            let type = draw.type()
            let x = F.placeholder(shape: type.shape)
            for y in Self.function(&draw, x) where y.anyTensor.error == nil {
                passed += 1
                if (try? gradient(of: y.sum(), withRespectTo: x)) != nil { differentiated += 1 }
            }
        }
        #expect(passed > 100 && differentiated > 50)
    }
}
