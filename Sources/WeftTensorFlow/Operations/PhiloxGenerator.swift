// SPDX-License-Identifier: Apache-2.0
import Weft

/// Philox 4x32-10 (Salmon et al. 2011): four words of 32 bits from each counter, under a key.
///
/// Words are of `u64`, so that their products do not wrap; of each the upper half is 0.
struct PhiloxGenerator {
    private let key: [AnyTensor]
    private let counter: [AnyTensor]

    /// The key and the first counter that TensorFlow makes of two seeds.
    init(seed: AnyTensor) {
        let seeds = seed.cast(to: .int64).cast(to: .uint64)
        let words = (0..<2).flatMap { Self.halves(seeds.element($0, axis: 0)) }
        let mixed = Self.mixed(words, key: [Self.word(0x3EC8_F720), Self.word(0x0246_1E29)])
        key = [mixed[0], mixed[1]]
        counter = [Self.word(0), Self.word(0), mixed[2], mixed[3]]
    }

    /// A key of one number of 64 bits, and a counter of two.
    init(key: AnyTensor, counter: AnyTensor) {
        self.key = Self.halves(key.cast(to: .uint64).element(0, axis: 0))
        self.counter = (0..<2).flatMap {
            Self.halves(counter.cast(to: .uint64).element($0, axis: 0))
        }
    }

    /// The key as one number of 64 bits: u64[1].
    var keyWords: AnyTensor { Self.joined(key[0], key[1]).reshaped(to: [1]) }

    /// The counter as two numbers of 64 bits: u64[2].
    var counterWords: AnyTensor {
        stacked([Self.joined(counter[0], counter[1]), Self.joined(counter[2], counter[3])])
    }

    // MARK: Words

    private static func word(_ bits: UInt64) -> AnyTensor {
        .constant(NDArray(integers: [Int64(bitPattern: bits)], dtype: .uint64, shape: []))
    }

    private static func halves(_ number: AnyTensor) -> [AnyTensor] {
        [number & word(0xFFFF_FFFF), number >> word(32)]
    }

    private static func joined(_ low: AnyTensor, _ high: AnyTensor) -> AnyTensor {
        low | high << word(32)
    }

    private static func mixed(_ counter: [AnyTensor], key: [AnyTensor]) -> [AnyTensor] {
        var (words, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 {
                key = [
                    (key[0] + word(0x9E37_79B9)) & word(0xFFFF_FFFF),
                    (key[1] + word(0xBB67_AE85)) & word(0xFFFF_FFFF),
                ]
            }
            let first = halves(words[0] * word(0xD251_1F53))
            let second = halves(words[2] * word(0xCD9E_8D57))
            words = [
                second[1] ^ words[1] ^ key[0], second[0], first[1] ^ words[3] ^ key[1], first[0],
            ]
        }
        return words
    }

    /// The four words of as many counters as are needed for a number of values: [groups, 4].
    private func groups(of count: AnyTensor, each: Int) -> AnyTensor {
        let more = (count + .scalar(Double(each - 1), .int64)).floorDivided(
            by: .scalar(Double(each), .int64))
        let none = AnyTensor.zeros(.bool, shape: more.reshaped(to: [1]))
        let step = AnyTensor.iota(like: none, dtype: .uint64)
        // The first two words of a counter are one number.
        let first = Self.halves(Self.joined(counter[0], counter[1]) + step)
        let rest = counter[2...].map { $0.broadcasted(like: step) }
        return stacked(Self.mixed(first + rest, key: key), axis: 1)
    }

    /// As many random bits for each element of an array as there are in 32 or 64 of them: `u64`.
    func bits(_ sizes: AnyTensor, _ width: Int) -> AnyTensor {
        let sizes = sizes.cast(to: .int64)
        let count = sizes.product()
        let words: AnyTensor
        if width == 64 {
            let pairs = groups(of: count, each: 2).reshaped(to: [-1, 2])
            words = Self.joined(pairs.element(0, axis: 1), pairs.element(1, axis: 1))
        } else {
            words = groups(of: count, each: 4).flattened()
        }
        return words.sliced(
            startingAt: AnyTensor.numbers([0]), sizes: count.reshaped(to: [1])
        ).reshaped(to: sizes)
    }

    // MARK: Numbers

    /// Numbers of [0, 1), as many as a type has between 1 and 2.
    func uniform(_ sizes: AnyTensor, _ dtype: DType) -> AnyTensor {
        if dtype == .float64 { return Self.unit(of: bits(sizes, 64)) }
        let digits = dtype == .float16 ? 10 : dtype == .bfloat16 ? 7 : 23
        return Self.unit(of: bits(sizes, 32), digits).cast(to: dtype)
    }

    private static func unit(of bits: AnyTensor, _ digits: Int) -> AnyTensor {
        (bits & word((1 << UInt64(digits)) - 1)).cast(to: .float32)
            * Double(sign: .plus, exponent: -digits, significand: 1)
    }

    /// Of 64 bits of which the upper half comes first in its digits: TensorFlow takes the first word high.
    private static func unit(of bits: AnyTensor) -> AnyTensor {
        let (first, second) = (bits & word(0xF_FFFF), bits >> word(32))
        return (first << word(32) | second).cast(to: .float64) * 0x1p-52
    }

    /// Numbers of (0, 1), in `f64`.
    func openUniform(_ sizes: AnyTensor) -> AnyTensor { uniform(sizes, .float64) + 0x1p-53 }

    /// By Box and Muller's transform: two numbers from two.
    func normal(_ sizes: AnyTensor, _ dtype: DType) -> AnyTensor {
        let sizes = sizes.cast(to: .int64)
        let count = sizes.product()
        let isDouble = dtype == .float64
        let words = groups(of: count, each: isDouble ? 2 : 4)
        let units: AnyTensor
        if isDouble {
            let pairs = words.reshaped(to: [-1, 2])
            units = Self.unit(
                of: Self.joined(pairs.element(0, axis: 1), pairs.element(1, axis: 1)))
        } else {
            units = Self.unit(of: words.flattened(), 23)
        }
        let pairs = units.reshaped(to: [-1, 2])
        let radius = sqrt(log(maximum(pairs.element(0, axis: 1), .scalar(1e-7, units.dtype))) * -2)
        let angle = pairs.element(1, axis: 1) * (2 * Double.pi)
        let numbers = stacked([sin(angle) * radius, cos(angle) * radius], axis: 1).flattened()
        return numbers.sliced(
            startingAt: AnyTensor.numbers([0]), sizes: count.reshaped(to: [1])
        ).reshaped(to: sizes).cast(to: dtype)
    }
}
