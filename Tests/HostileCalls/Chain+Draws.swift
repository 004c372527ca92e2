// SPDX-License-Identifier: Apache-2.0
import Weft

/// The draws under short names, so that a call of the table is one line.
extension Chain {
    func int() -> Int { draws.int() }
    func axis() -> Int { draws.axis() }
    func ints() -> [Int] { draws.ints() }
    func sizes(_ count: Int) -> [Int] { draws.sizes(count) }
    func axes() -> [Int]? { draws.axes() }

    /// One length, or none.
    func lengths() -> [Int]? { draws.flag() ? nil : draws.sizes(1) }
    func dtype() -> DType { draws.choice(DType.allCases) }
    func number() -> Double { draws.number() }
    func yes() -> Bool { draws.flag() }
    func shape() -> [Int] { draws.shape() }
    func padding(_ rank: Int) -> Padding { draws.padding(rank) }
    func pads() -> [(before: Int, after: Int)] { draws.pads() }
    func choice<T>(_ list: [T]) -> T { draws.choice(list) }
    func reduction() -> LossReduction { draws.choice(LossReduction.allCases) }
    func mode() -> IndexMode { draws.choice(IndexMode.allCases) }
    func scatter() -> ScatterKind { draws.choice(ScatterKind.allCases) }

    func maybe<T>(_ value: @autoclosure () -> T) -> T? { draws.once(in: 2) ? value() : nil }

    /// A stream or a variable has a name; equal ones are of interest too.
    func name() -> String { draws.choice(["a", "b", "", "layer/w", "é"]) }

    /// Sizes as a tensor: drawn ones, those of a tensor of the pool, or numbers that a run computes.
    func numbers(pairs: Bool = false) -> Tensor<Int64> {
        let numbers: Tensor<Int64>
        switch draws.below(6) {
        case 0: numbers = t(Int64.self, rank: pairs ? 2 : 1)
        case 1, 2: numbers = Tensor(any().sizes) - (yes() ? 1 : 0)
        default: numbers = Tensor(ints().map(Int64.init))
        }
        return pairs && yes() ? stacked([numbers, numbers], axis: 1) : numbers
    }

    /// An array for calls that take no tensors.
    func array() -> NDArray {
        let dtype = draws.choice(DType.allCases.filter { $0 != .list })
        let dims = draws.dimensions()
        draws.say(" \(dims)")
        return draws.array(dtype, dims)
    }

    func range() -> TensorRange {
        switch draws.below(5) {
        case 0: .index(int())
        case 1: .newAxis
        case 2: .ellipsis
        default: .range(from: maybe(int()), to: maybe(int()), by: int())
        }
    }

    func initializer() -> Initializer {
        switch draws.below(9) {
        case 0: .constant(number())
        case 1: .value(array())
        case 2: .randomUniform(from: number(), to: number())
        case 3: .randomNormal(mean: number(), standardDeviation: number())
        case 4: .randomTruncatedNormal(mean: number(), standardDeviation: number())
        case 5: .varianceScaling(scale: number(), mode: choice([.fanIn, .fanOut, .fanAverage]))
        case 6: .identity(gain: number())
        case 7: .orthogonal(gain: number())
        default: .uniformUnitScaling(factor: number())
        }
    }

    /// A variable in a size that a session may have to make.
    func variable<S: TensorScalar>(_: S.Type) -> Variable<S> {
        Variable<S>(
            name(), shape: draws.once(in: 6) ? shape() : draws.dimensions(),
            initializer: initializer())
    }

    func rate() -> LearningRate {
        draws.once(in: 4) ? LearningRate(t(Float.self, rank: 0)) : LearningRate(number())
    }
}
