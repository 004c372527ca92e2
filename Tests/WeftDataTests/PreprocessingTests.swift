// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftData

/// What people write again and again before a training.
@Suite struct PreprocessingTests {
    @Test(
        "features have mean 0 and deviation 1 where this was fitted, and the same scale elsewhere")
    func standardizing() throws {
        let rows = try NDArray([1, 10, 5, 3, 10, 7, 5, 10, .nan] as [Float], shape: [3, 3])
        let standardize = try Standardizer(fitting: rows)
        #expect(standardize.mean.doubles == [3, 10, 6])
        #expect(standardize.standardDeviation.doubles == [(8.0 / 3).squareRoot(), 0, 1])
        let result = try standardize(rows)
        #expect(result.dtype == .float32 && result.shape == [3, 3])
        #expect(abs(result.doubles[0] + 1.224744871391589) < 1e-6 && result.doubles[1] == 0)
        #expect(result.doubles[8].isNaN && result.doubles[2] == -1)
        let other: NDArray = [7, 12, 6]
        #expect(try standardize(other).dtype == .float32)
        #expect(try standardize(other).doubles.suffix(2) == [2, 0])
        #expect(try standardize.inverted(standardize(other)).doubles == [7, 12, 6])
        let again = try Standardizer(
            mean: standardize.mean, standardDeviation: standardize.standardDeviation)
        #expect(try again(other) == standardize(other))
        #expect(throws: ArrayError.self) { try standardize([1.0, 2]) }
        #expect(throws: DataError.self) {
            try Standardizer(fitting: NDArray([Float](), shape: [0, 3]))
        }
        #expect(throws: DataError.self) { try Standardizer(fitting: ["a", "b"]) }
        #expect(throws: DataError.self) {
            try Standardizer(fitting: Dataset([[1.0], [1.0, 2]] as [NDArray]))
        }
        #expect(throws: DataError.self) { try Standardizer(mean: [1], standardDeviation: [1, 2]) }
        // A large mean loses no digits.
        let far = try Standardizer(fitting: NDArray([1e9, 1e9 + 1, 1e9 + 2] as [Double]))
        #expect(abs(far.standardDeviation.doubles[0] - (2.0 / 3).squareRoot()) < 1e-9)
    }

    @Test("classes as vectors, and their weights")
    func labels() throws {
        let vectors = try NDArray(oneHot: [[0, 2], [1, 1]], classes: 3)
        #expect(vectors.shape == [2, 2, 3] && vectors.dtype == .float32)
        #expect(vectors.doubles == [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0])
        let weights = try NDArray(classWeightsOf: [0, 0, 0, 1, 3, 3], classes: 4)
        #expect(weights.doubles == [0.5, 1.5, 0, 0.75])
        let error = errorText { _ = try NDArray(oneHot: [0, 3], classes: 3) }
        #expect(error == "oneHot, record 1: the label 3 is none of 3 classes from 0 on")
        #expect(throws: DataError.self) { try NDArray(classWeightsOf: [-1], classes: 2) }
        #expect(throws: DataError.self) { try NDArray(classWeightsOf: [0.5], classes: 2) }
        #expect(throws: DataError.self) { try NDArray(oneHot: [0], classes: -1) }
        #expect(throws: (any Error).self) { try NDArray(oneHot: [0], classes: .max) }
        #expect(try NDArray(oneHot: NDArray([Int32]()), classes: 0).shape == [0, 0])
    }

    @Test("two parts without an element in common, by seed and by strata")
    func splitting() throws {
        let numbers = Dataset(Array(0..<100))
        let (training, validation) = numbers.split(validation: 0.2, seed: 3)
        #expect(training.count == 80 && validation.count == 20)
        let (a, b) = (try training.elements(), try validation.elements())
        #expect(Set(a + b) == Set(0..<100) && a == a.sorted() && b == b.sorted())
        #expect(try numbers.split(validation: 0.2, seed: 3).validation.elements() == b)
        #expect(try numbers.split(validation: 0.2, seed: 4).validation.elements() != b)
        #expect(try Set(training.shuffled(seed: 1).elements(epoch: 5)) == Set(a))
        #expect(numbers.split(validation: 0, seed: 1).validation.count == 0)
        #expect(numbers.split(validation: 1, seed: 1).training.count == 0)
        // A tenth of the elements are of the rare stratum.
        let strata = try numbers.split(validation: 0.2, seed: 3) { $0 % 10 == 0 }
        #expect(try strata.validation.elements().count { $0 % 10 == 0 } == 2)
        #expect(try strata.validation.elements().count == 20)
        #expect(try Set(strata.training.elements() + strata.validation.elements()).count == 100)
        for wrong in [
            numbers.split(validation: -0.1, seed: 1), numbers.split(validation: .nan, seed: 1),
            numbers.shuffled(seed: 1).split(validation: 0.2, seed: 1),
            numbers.filter { _ in true }.split(validation: 0.2, seed: 1),
        ] {
            #expect(throws: DataError.self) { try wrong.training.stream().next() }
            #expect(throws: DataError.self) { try wrong.validation.stream().next() }
        }
        #expect(throws: DataError.self) {
            try numbers.shuffled(seed: 1).split(validation: 0.2, seed: 1) { $0 }
        }
        #expect(throws: Refusal.self) {
            try numbers.split(validation: 0.2, seed: 1) { _ -> Int in throw Refusal() }
        }
    }

    private var image: NDArray {
        get throws { try NDArray((0..<12).map(UInt8.init), shape: [2, 3, 2]) }
    }

    @Test("flips, margins, parts and scales")
    func augmentation() throws {
        var random = RandomStream(seed: 1, name: "test")
        let image = try image
        let flipped = try ImageAugmentation(flipProbability: 1)(image, &random)
        #expect(flipped.dtype == .uint8)
        #expect(flipped.doubles == [4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7])
        let turned = try ImageAugmentation(verticalFlipProbability: 1)(image, &random)
        #expect(turned.doubles == [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5])
        let margin = try ImageAugmentation(padding: 1)(image, &random)
        let sum = margin.doubles.reduce(0.0) { $0 + $1 }
        #expect(margin.shape == [4, 5, 2] && sum == 66)
        #expect(Array(margin.doubles[10..<20]) == [0, 0, 0, 1, 2, 3, 4, 5, 0, 0])
        let middle = try ImageAugmentation(cropSize: (2, 1)).centered(image)
        #expect(middle.doubles == [2, 3, 8, 9])
        let scaled = try ImageAugmentation(mean: [1, 2], standardDeviation: [2])(image, &random)
        #expect(scaled.dtype == .float32 && scaled.doubles.prefix(4) == [-0.5, -0.5, 0.5, 0.5])
        let bytes = try ImageAugmentation(scale: 0.5, mean: [1])(image, &random)
        #expect(bytes.dtype == .float32 && bytes.doubles.prefix(4) == [-1, -0.5, 0, 0.5])
        // Single pixels, of the image or of its margin on any side.
        let single = ImageAugmentation(flipProbability: 0.5, padding: 2, cropSize: (1, 1))
        let row = try NDArray([7, 8] as [Int32], shape: [1, 2, 1])
        var pixels: [Double: Int] = [:]
        for _ in 0..<600 { pixels[try single(row, &random).doubles[0], default: 0] += 1 }
        #expect(pixels.keys.sorted() == [0, 7, 8] && pixels[0] ?? 0 > 400)
        // Each part comes, and none that reaches beyond the margin.
        let augment = ImageAugmentation(flipProbability: 0.5, padding: 1, cropSize: (2, 3))
        var found: Set<[Double]> = []
        for _ in 0..<600 { found.insert(try augment(image, &random).doubles) }
        #expect(found.count == 18)
        let table: [(ImageAugmentation, NDArray)] = [
            (ImageAugmentation(cropSize: (3, 3)), image),
            (ImageAugmentation(cropSize: (-1, 3)), image),
            (ImageAugmentation(padding: -1), image),
            (ImageAugmentation(padding: .max), image),
            (ImageAugmentation(mean: [1, 2, 3]), image), (ImageAugmentation(), [1.0]),
            (ImageAugmentation(), try NDArray(repeating: "a", shape: [1, 1, 1])),
        ]
        for (augment, image) in table {
            #expect(throws: DataError.self) { try augment(image, &random) }
        }
        #expect(throws: (any Error).self) {
            try ImageAugmentation(padding: 1 << 40)(image, &random)
        }
        let empty = try NDArray([Float](), shape: [0, 3, 1])
        #expect(try ImageAugmentation(flipProbability: 1)(empty, &random).shape == [0, 3, 1])
    }
}
