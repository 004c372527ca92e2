// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Functions of images against the numbers that TensorFlow gave (Tests/Goldens/tf_images.json).
@Suite("Images, beside TensorFlow") struct ImageGoldenTests {
    private typealias F = Tensor<Float>

    private let golden: Golden
    init() throws { golden = try Golden("tf_images.json") }

    /// The sum of a tensor's elements with weights that differ, those of the recorded gradients.
    private func weighted(_ y: F, like value: NDArray) throws -> F {
        let weights = value.doubles.indices.map { Float($0 % 7 + 1) / 4 }
        return (y * F(weights, shape: value.shape)).sum()
    }

    private func expect(
        _ found: NDArray, _ recorded: Any?, _ what: String, tolerance: Double = 1e-5
    ) throws {
        let wanted = try Golden.requiredArray(recorded)
        #expect(found.shape == wanted.shape, "\(what)")
        for (index, (a, b)) in zip(found.doubles, wanted.doubles).enumerated() {
            #expect(
                abs(a - b) <= tolerance * max(1, abs(b)),
                "\(what) [\(index)]: \(a), TensorFlow has \(b)")
        }
    }

    /// Expects a recorded value and the gradient by `x`, with sizes that only the feed settles.
    private func expect(
        _ recorded: [String: Any], _ what: String, _ x: F, _ array: NDArray,
        _ engine: TestedEngine, gradientOf key: String? = "gradient", _ y: F
    ) throws {
        let loss = try weighted(y, like: Golden.requiredArray(recorded["value"]))
        let slope = try #require(try gradient(of: loss, withRespectTo: x), "\(what)")
        let found = try engine.session().run([y, slope], feeding: [x: array])
        try expect(found[0], recorded["value"], what)
        if let key { try expect(found[1], recorded[key], "the gradient of \(what)") }
    }

    private static let methods: [String: @Sendable (ResizeGrid) -> ResizeMethod] = [
        "nearest": { _ in .nearest }, "linear": { _ in .linear },
        "cubic": { .cubic($0 == .halfPixelCentres ? .tensorFlow : .tensorFlow1) },
    ]
    private static let grids: [String: ResizeGrid] = [
        "halfPixelCentres": .halfPixelCentres, "alignedCorners": .alignedCorners,
        "asymmetric": .asymmetric,
    ]

    @Test("are resized by all methods on all grids", arguments: TestedEngine.allCases)
    func resized(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("resized")
        let array = try Golden.requiredArray(recorded["x"])
        let cases = try #require(recorded["cases"] as? [[String: Any]])
        #expect(cases.count == 36)
        for example in cases {
            let method = try #require(example["method"] as? String)
            let grid = try #require(example["grid"] as? String)
            let size = try #require(example["size"] as? [Int])
            let at = try #require(Self.grids[grid])
            let choose = try #require(Self.methods[method])
            let how = choose(at)
            let x = F.placeholder(shape: [nil, nil, nil, 2])
            let what = "\(method), \(grid), \(size)"
            try expect(
                example, what, x, array, engine, x.resized(to: size, method: how, grid: at))
            // A size that the graph computes gives the same, and for constants the same shape.
            let numbers = Tensor<Int64>(size.map(Int64.init))
            let y = x.resized(to: numbers, method: how, grid: at)
            #expect(y.shape.dims?[1...2] == size[...])
            let sizes = Tensor<Int64>.placeholder(shape: [2])
            let found = try engine.session().run(
                x.resized(to: sizes, method: how, grid: at),
                feeding: [x: array, sizes: NDArray(size.map(Int64.init))])
            try expect(found, example["value"], what + ", sizes that are fed")
        }
    }

    @Test("are cut into boxes", arguments: TestedEngine.allCases)
    func crops(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("crops")
        let array = try Golden.requiredArray(recorded["x"])
        let corners = try Golden.requiredArray(recorded["boxes"])
        let numbers = Tensor<Int32>(try Golden.requiredArray(recorded["images"]))
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let isLinear = example["method"] as? String == "bilinear"
            let size = try #require(example["size"] as? [Int])
            let x = F.placeholder(shape: [nil, nil, nil, 2])
            let boxes = F.placeholder(shape: [nil, 4])
            let y = x.crops(
                boxes: boxes, images: numbers, to: size, method: isLinear ? .linear : .nearest,
                outside: -2.5)
            let loss = try weighted(y, like: Golden.requiredArray(example["value"]))
            let slopes = try gradients(of: loss, withRespectTo: [x, boxes])
            let feeds: Feeds = [x: array, boxes: corners]
            let found = try engine.session().run(
                [y, try #require(slopes[0])] + (isLinear ? [try #require(slopes[1])] : []),
                feeding: feeds)
            let what = "crops of \(size), linear: \(isLinear)"
            try expect(found[0], example["value"], what)
            try expect(found[1], example["gradient of x"], "\(what), by x")
            if isLinear {
                try expect(found[2], example["gradient of boxes"], "\(what), by boxes")
            }
            let sizes = Tensor<Int64>.placeholder(shape: [2])
            let again = try engine.session().run(
                x.crops(
                    boxes: boxes, images: numbers, to: sizes,
                    method: isLinear ? .linear : .nearest, outside: -2.5),
                feeding: [x: array, boxes: corners, sizes: NDArray(size.map(Int64.init))])
            try expect(again, example["value"], what + ", sizes that are fed")
        }
    }

    @Test("of a number that is none fail the run", arguments: TestedEngine.allCases)
    func numbers(_ engine: TestedEngine) throws {
        let x = F.placeholder(shape: [nil, nil, nil, nil])
        let numbers = Tensor<Int32>.placeholder(shape: [nil])
        let y = x.crops(boxes: F([[0, 0, 1, 1]]), images: numbers, to: [2, 2])
        for number: Int32 in [2, -1] {
            let text = errorText {
                _ = try engine.session().run(
                    y,
                    feeding: [
                        x: NDArray(repeating: 1 as Float, shape: [2, 3, 3, 1]),
                        numbers: NDArray([number]),
                    ])
            }
            #expect(text.contains("the number of an image is none"), "\(text)")
        }
    }

    @Test("give patches", arguments: TestedEngine.allCases)
    func patches(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("patches")
        let array = try Golden.requiredArray(recorded["x"])
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let size = try #require(example["sizes"] as? [Int])
            let x = F.placeholder(shape: [nil, nil, nil, 2])
            let y = x.patches(
                size: size, strides: try #require(example["strides"] as? [Int]),
                padding: example["padding"] as? String == "SAME" ? .same : .valid,
                dilations: try #require(example["dilations"] as? [Int]))
            try expect(example, "patches of \(size)", x, array, engine, y)
        }
        // Larger windows than the image give none, and a product with them is a convolution.
        let x = F.placeholder(shape: [nil, nil, nil, 2])
        let filter = F((0..<36).map { Float($0 % 5) - 2 }, shape: [3, 3, 2, 2])
        let product = matmul(
            x.patches(size: [3], strides: [2], padding: .explicit(low: [1, 0], high: [0, 2])),
            filter.reshaped(to: [18, 2]))
        let convolution = conv2D(
            x, filter: filter, strides: [2], padding: .explicit(low: [1, 0], high: [0, 2]))
        let found = try engine.session().run(
            [x.patches(size: [9]), product, convolution], feeding: [x: array])
        #expect(found[0].shape == [2, 0, 0, 162])
        #expect(found[1].shape == found[2].shape)
        for (a, b) in zip(found[1].doubles, found[2].doubles) { #expect(abs(a - b) < 1e-4) }
    }

    @Test("become blocks and images of blocks", arguments: TestedEngine.allCases)
    func blocks(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("blocks")
        let array = try Golden.requiredArray(recorded["x"])
        let x = F.placeholder(shape: [nil, nil, nil, 3])
        let pairs = Tensor<Int32>.placeholder(shape: [2, 2])
        let batch = x.spaceToBatch(blockShape: [2, 3], paddings: [(1, 1), (0, 3)])
        let back = batch.batchToSpace(blockShape: [2, 3], crops: [(1, 1), (0, 3)])
        let session = engine.session()
        let found = try session.run(
            [
                x.spaceToDepth(blockSize: 2), batch,
                batch.batchToSpace(blockShape: [2, 3], crops: [(0, 1), (2, 0)]), back,
                try #require(try gradient(of: (back * back).sum(), withRespectTo: x)),
            ], feeding: [x: array])
        try expect(found[0], recorded["space to depth"], "space to depth", tolerance: 0)
        try expect(found[1], recorded["space to batch"], "space to batch", tolerance: 0)
        try expect(found[2], recorded["batch to space"], "batch to space", tolerance: 0)
        #expect(found[3] == array)
        #expect(found[4].doubles == array.doubles.map { 2 * $0 })
        let padded = try session.run(
            x.spaceToBatch(blockShape: [2, 3], paddings: pairs),
            feeding: [x: array, pairs: NDArray([1, 1, 0, 3] as [Int32], shape: [2, 2])])
        try expect(padded, recorded["space to batch"], "computed paddings", tolerance: 0)
        let cropped = try session.run(
            batch.batchToSpace(blockShape: [2, 3], crops: pairs),
            feeding: [x: array, pairs: NDArray([0, 1, 2, 0] as [Int32], shape: [2, 2])])
        try expect(cropped, recorded["batch to space"], "computed crops", tolerance: 0)
        // Any axes after the first, and any elements.
        let flags = Tensor<Bool>([[true, false, true, true]])
        #expect(
            try session.run(flags.spaceToBatch(blockShape: [2]))
                == NDArray([true, true, false, true], shape: [2, 2]))
    }

    @Test("are normalised by the channels around", arguments: TestedEngine.allCases)
    func localResponse(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("local response")
        let array = try Golden.requiredArray(recorded["x"])
        for example in try #require(recorded["cases"] as? [[String: Any]]) {
            let radius = try #require(example["radius"] as? Int)
            let numbers = try #require(example["parameters"] as? [Double])
            let x = F.placeholder(shape: [nil, nil, nil, nil])
            let y = localResponseNormalized(
                x, radius: radius, bias: numbers[0], alpha: numbers[1], beta: numbers[2])
            try expect(example, "radius \(radius)", x, array, engine, y)
        }
    }
}
