// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Layers by hand-checked numbers, in single, double and brain precision. The numbers are small
/// enough to be exact in all three.
@Suite struct LayerTests {
    private func array<T: TensorScalar>(
        _ numbers: [Double], _ shape: [Int], _: T.Type
    ) throws -> NDArray {
        try NDArray(numbers).cast(to: T.dtype).reshaped(to: shape)
    }

    private func initializer<T: TensorScalar>(
        _ numbers: [Double], _ shape: [Int], _ type: T.Type
    ) throws -> Initializer { .value(try array(numbers, shape, type)) }

    /// What a layer makes of an array, fed.
    private func output<T: TensorScalar>(
        _ engine: TestedEngine, _ numbers: [Double], _ shape: [Int], _ type: T.Type,
        _ layer: (Tensor<T>) -> Tensor<T>
    ) throws -> NDArray {
        let x = Tensor<T>.placeholder(shape: Shape(shape))
        let result = try engine.session().run(
            layer(x), feeding: [x: try array(numbers, shape, type)])
        #expect(result.dtype == T.dtype)
        return result
    }

    private static let nine = (1...9).map(Double.init)

    // MARK: Dense

    @Test("a dense layer multiplies and adds", arguments: TestedEngine.allCases)
    func dense(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_ type: T.Type) throws {
            let layer = Dense<T>(
                "d", inputs: 2, units: 3,
                kernelInitializer: try initializer([1, 2, 3, 10, 20, 30], [2, 3], type),
                biasInitializer: try initializer([0.5, 0, -1], [3], type))
            #expect(layer.kernel.name == "d/kernel" && layer.kernel.shape == [2, 3])
            #expect(layer.bias?.name == "d/bias" && layer.bias?.shape == [3])
            let y = try output(engine, [1, 0, 2, 1], [2, 1, 2], type) { layer($0) }
            #expect(y.shape == [2, 1, 3])
            #expect(y.doubles == [1.5, 2, 2, 12.5, 24, 35])
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
        #expect(Dense<Float>("d", inputs: 2, units: 3, usesBias: false).bias == nil)
        let scalar = Dense<Float>("d", inputs: 2, units: 3)(Tensor<Float>(1))
        #expect(scalar.error?.reason.contains("must have a last axis") == true)
    }

    // MARK: Convolution

    @Test("a convolution has TensorFlow's variables and shapes")
    func convolutionVariables() {
        let layer = withNameScope("net") {
            Conv2D<Double>("c", inputs: 6, filters: 4, kernelSize: [3, 5], groups: 2)
        }
        #expect(layer.kernel.name == "net/c/kernel" && layer.kernel.shape == [3, 5, 3, 4])
        #expect(layer.bias?.name == "net/c/bias" && layer.bias?.shape == [4])
        #expect(layer.kernel.handle.dtype == .float64 && layer.kernel.handle.isTrainable)
        let bare = Conv2D<Float>("c", inputs: 6, filters: 4, kernelSize: [1, 1], usesBias: false)
        #expect(bare.bias == nil && bare.kernel.shape == [1, 1, 6, 4])
    }

    @Test("a convolution's numbers by hand", arguments: TestedEngine.allCases)
    func convolution(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_ type: T.Type) throws {
            func layer(
                strides: [Int] = [1, 1], padding: Padding = .valid, dilations: [Int] = [1, 1]
            ) throws -> Conv2D<T> {
                Conv2D(
                    "c", inputs: 1, filters: 1, kernelSize: [2, 2], strides: strides,
                    padding: padding, dilations: dilations,
                    kernelInitializer: try initializer([1, 2, 3, 4], [2, 2, 1, 1], type),
                    biasInitializer: try initializer([0.5], [1], type))
            }
            func run(_ layer: Conv2D<T>) throws -> NDArray {
                try output(engine, Self.nine, [1, 3, 3, 1], type) { layer($0) }
            }
            let valid = try run(layer())
            #expect(valid.shape == [1, 2, 2, 1])
            #expect(valid.doubles == [37.5, 47.5, 67.5, 77.5])
            let same = try run(layer(strides: [2, 2], padding: .same))
            #expect(same.shape == [1, 2, 2, 1])
            #expect(same.doubles == [37.5, 21.5, 23.5, 9.5])
            let explicit = try run(layer(padding: .explicit(low: [1, 0], high: [0, 0])))
            #expect(explicit.shape == [1, 3, 2, 1])
            #expect(explicit.doubles == [11.5, 18.5, 37.5, 47.5, 67.5, 77.5])
            let dilated = try run(layer(dilations: [2, 2]))
            #expect(dilated.shape == [1, 1, 1, 1])
            #expect(dilated.doubles == [64.5])

            // Filter 0 sees channels 0 and 1, filter 1 sees channels 2 and 3.
            let grouped = Conv2D<T>(
                "g", inputs: 4, filters: 2, kernelSize: [1, 1], groups: 2, usesBias: false,
                kernelInitializer: try initializer([1, 10, 2, 20], [1, 1, 2, 2], type))
            let y = try output(engine, [1, 2, 3, 4], [1, 1, 1, 4], type) { grouped($0) }
            #expect(y.doubles == [5, 110])
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
    }

    @Test("a convolution that does not fit says so")
    func convolutionErrors() {
        let layer = Conv2D<Float>("c", inputs: 4, filters: 2, kernelSize: [2, 2])
        func reason(_ y: Tensor<Float>) -> String { y.error.map { "\($0)" } ?? "no error" }
        #expect(reason(layer(.placeholder(shape: [1, 8, 8]))).hasPrefix("conv2D"))
        #expect(reason(layer(.placeholder(shape: [1, 8, 8, 3]))).hasPrefix("conv2D"))
        let none = Conv2D<Float>("c", inputs: 4, filters: 2, kernelSize: [2, 2], groups: 0)
        #expect(
            reason(none(.placeholder(shape: [1, 8, 8, 4])))
                .contains("groups must be positive, not 0"))
        let uneven = Conv2D<Float>("c", inputs: 4, filters: 3, kernelSize: [1, 1], groups: 2)
        #expect(uneven(.placeholder(shape: [1, 8, 8, 4])).error != nil)
        let steps = Conv2D<Float>("c", inputs: 4, filters: 2, kernelSize: [2, 2], strides: [0, 1])
        #expect(reason(steps(.placeholder(shape: [1, 8, 8, 4]))).contains("strides must be"))
    }

    // MARK: Pooling

    @Test("maximum pooling by hand", arguments: TestedEngine.allCases)
    func pooling(_ engine: TestedEngine) throws {
        func check<T: NumericScalar>(_ type: T.Type) throws {
            let sixteen = (1...16).map(Double.init)
            let halves = try output(engine, sixteen, [1, 4, 4, 1], type) { MaxPool2D()($0) }
            #expect(halves.shape == [1, 2, 2, 1] && halves.doubles == [6, 8, 14, 16])
            func small(_ pool: MaxPool2D<T>, _ sign: Double = 1) throws -> [Double] {
                try output(engine, Self.nine.map { sign * $0 }, [1, 3, 3, 1], type) { pool($0) }
                    .doubles
            }
            #expect(try small(MaxPool2D()) == [5])
            #expect(try small(MaxPool2D(strides: [1, 1])) == [5, 6, 8, 9])
            #expect(try small(MaxPool2D(padding: .same)) == [5, 6, 8, 9])
            // What is beyond the edges is no zero.
            #expect(try small(MaxPool2D(padding: .same), -1) == [-1, -3, -7, -9])
            #expect(try small(MaxPool2D(size: [1, 3])) == [3, 6, 9])
            // Channels are apart.
            let two = try output(engine, [1, 8, 2, 7, 3, 6, 4, 5], [1, 2, 2, 2], type) {
                MaxPool2D()($0)
            }
            #expect(two.doubles == [4, 8])
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
        try check(Int32.self)
        let flat = MaxPool2D()(Tensor<Float>.placeholder(shape: [1, 4, 4]))
        #expect(flat.error.map { "\($0)" }?.hasPrefix("maxPool2D") == true)
    }

    // MARK: Flatten

    @Test("flattening keeps the first axis and the order", arguments: TestedEngine.allCases)
    func flatten(_ engine: TestedEngine) throws {
        func check<T: TensorScalar>(_ type: T.Type) throws {
            let y = try output(engine, (0..<12).map(Double.init), [2, 3, 2], type) {
                Flatten()($0)
            }
            #expect(y.shape == [2, 6] && y.doubles == (0..<12).map(Double.init))
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
        try check(Int8.self)
        // The first axis may be unknown, and there may be no other.
        let open = Tensor<Float>.placeholder(shape: [nil, 2, 2])
        #expect(Flatten()(open).shape == [nil, 4])
        let twelve = try array((0..<12).map(Double.init), [3, 2, 2], Float.self)
        #expect(try engine.session().run(Flatten()(open), feeding: [open: twelve]).shape == [3, 4])
        #expect(Flatten()(Tensor<Float>.placeholder(shape: [5])).shape == [5, 1])
        #expect(Flatten()(Tensor<Float>.placeholder(shape: [5, 0, 3])).shape == [5, 0])
    }

    @Test("what cannot be flattened says why")
    func flattenErrors() {
        for shape in [[2, nil, 3], [], .unknown] as [Shape] {
            let x = Tensor<Float>.placeholder(shape: shape)
            let error = Flatten()(x).error
            #expect(error?.operation == "flatten")
            #expect(error?.reason == "all axes of \(x.anyTensor.type) but the first must be known")
        }
    }

    // MARK: Dropout

    @Test("dropout keeps everything in inference", arguments: TestedEngine.allCases)
    func dropoutInference(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [4])
        #expect(Dropout("d", rate: 0.5)(x, mode: .inference) == x)
        let y = Dropout("d", rate: 0.5)(x, mode: .decided(by: Tensor<Bool>(false)))
        let numbers = NDArray([Float(1), 2, 3, .nan])
        #expect(try engine.session().run(y, feeding: [x: numbers]).hasSameBits(as: numbers))
    }

    @Test(
        "dropout drops its share in training, the same as when decided so",
        arguments: TestedEngine.allCases)
    func dropoutTraining(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_ type: T.Type) throws {
            let ones = try array(Array(repeating: 1, count: 4000), [4000], type)
            let x = Tensor<T>.placeholder(shape: [4000])
            let trains = Tensor<Bool>.placeholder(shape: [])
            let layer = Dropout<T>("d", rate: 0.75)
            func run(_ y: Tensor<T>, _ feeds: Feeds, seed: UInt64 = 1) throws -> NDArray {
                try engine.session(seed: seed).run(y, feeding: feeds)
            }
            let trained = try run(layer(x, mode: .training), [x: ones])
            #expect(trained.dtype == T.dtype)
            #expect(Set(trained.doubles) == [0, 4])
            // A fourth of 4,000, whose deviation is 27.
            #expect((860...1140).contains(trained.doubles.count { $0 == 4 }))
            #expect(try run(layer(x, mode: .training), [x: ones], seed: 2) != trained)
            #expect(try run(Dropout("e", rate: 0.75)(x, mode: .training), [x: ones]) != trained)
            let decided = layer(x, mode: .decided(by: trains))
            #expect(try run(decided, [x: ones, trains: true]) == trained)
            #expect(try run(decided, [x: ones, trains: false]) == ones)
            // The gradient is dropped where the value is.
            let slope = try #require(
                try gradient(of: layer(x, mode: .training), withRespectTo: x))
            #expect(try run(slope, [x: ones]) == trained)
            let none = try #require(try gradient(of: decided, withRespectTo: x))
            #expect(try run(none, [x: ones, trains: false]) == ones)
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
    }

    @Test("a dropout's stream is named where the layer is made")
    func dropoutStreams() {
        let layer = withNameScope("net") { Dropout<Float>("d", rate: 0.5) }
        #expect(layer.stream == "net/d")
        let x = Tensor<Float>.placeholder(shape: [4])
        let inside = withNameScope("elsewhere") { layer(x, mode: .training) }
        #expect(inside == layer(x, mode: .training))
        #expect(inside == dropout(x, rate: 0.5, stream: "net/d"))
        #expect(Dropout("d", rate: 0)(x, mode: .training) == x)
        #expect(Dropout("d", rate: 1)(x, mode: .training).error != nil)
    }
}
