// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What programs read of errors: their kinds and values, and when two are equal.
@Suite struct ErrorKindTests {
    private let matrix = AnyTensor.placeholder(.float32, shape: [2, 3])
    private let other = AnyTensor.placeholder(.float32, shape: [4, 5])
    private let integers = AnyTensor.placeholder(.int32, shape: [2, 3])

    @Test("an error of a graph holds what was given and what is wanted")
    func graphKinds() {
        let f32 = TensorType(.float32, [2, 3])
        let kinds: [(AnyTensor, GraphError.Kind)] = [
            (matrix + integers, .elementTypesDiffer(f32, TensorType(.int32, [2, 3]))),
            (
                AnyTensor.concatenated([matrix, integers], axis: 0),
                .elementTypesDiffer(f32, TensorType(.int32, [2, 3]))
            ),
            (
                exp(integers),
                .wrongElementType(
                    .operand, .int32, wanted: [.float16, .bfloat16, .float32, .float64])
            ),
            (matrix + other, .notBroadcastable([2, 3], [4, 5], 2, 4)),
            (matrix.broadcasted(to: [3, 3]), .notBroadcastableTo([2, 3], target: [3, 3], 2, 3)),
            (
                matmul(matrix, other),
                .sizesDiffer("inner dimensions", shapes: [[2, 3], [4, 5]], 3, 4)
            ),
            (matrix.sum(axes: [2]), .axisOutOfRange(2, rank: 2, type: f32)),
            (matrix.reshaped(to: [7]), .elementCountsDiffer(f32, 6, dimensions: [7], 7)),
            (
                matrix.topK(4).values,
                .invalidArgument(
                    "k", value: "4", wanted: "0 to the 3 elements of the last axis of f32[2, 3]")
            ),
        ]
        for (tensor, kind) in kinds {
            #expect(tensor.error?.kind == kind)
            // What is made of it hands it on.
            #expect((-tensor).error?.kind == kind)
            #expect(tensor.error?.reason == kind.description)
        }
    }

    @Test("arguments, counts, places and shapes are values of their own cases")
    func argumentKinds() {
        let f32 = TensorType(.float32, [2, 3])
        let image = AnyTensor.placeholder(.float32, shape: [1, 4, 6, 3])
        let scalar = AnyTensor.placeholder(.float32, shape: [])
        let index = AnyTensor.placeholder(.int32, shape: [4])
        let kinds: [(AnyTensor, GraphError.Kind)] = [
            (matrix.repeated(-1, axis: 0), .negative("the count", value: "-1")),
            (
                matrix.padded(.reflect, sizes: [(1, 1)]),
                .countsDiffer("paddings", 1, for: "axes of f32[2, 3]", 2)
            ),
            (matrix[0, 0, 0], .countsDiffer("ranges", 3, for: "axes of f32[2, 3]", 2)),
            (matrix[2], .notWithinAxis("index 2", axis: 0, of: f32, size: 2)),
            (matrix[0..<7], .notWithinAxis("0..<7", axis: 0, of: f32, size: 2)),
            (
                AnyTensor.placeholder(.float32, shape: [nil])[-(1 << 50)],
                .outOfRange("index \(-(1 << 50))")
            ),
            (
                image.spaceToDepth(blockSize: 4),
                .notDivisible("4 x 6 pixels", into: "blocks of 4 x 4")
            ),
            (
                groupNormalized(image, groups: 2),
                .notDivisible("3 channels", into: "2 groups")
            ),
            (concatenated([AnyTensor]()), .nothingTo("concatenate")),
            (stacked([AnyTensor]()), .nothingTo("stack")),
            (stacked([matrix, other]), .shapesDiffer("the tensors", [2, 3], [4, 5])),
            (scalar.gathered(at: index), .scalarHasNoAxis("a scalar has no axis to gather along")),
            (scalar.diagonalMatrix(), .scalarHasNoAxis("a scalar is no diagonal")),
            (matrix.squeezed(axes: [1]), .axisNotOne(1, f32, size: 3)),
            (
                matrix.scattering(other, at: index),
                .wrongShape("updates of [2, 3] at indices [4]", [4, 5], wanted: [4, 3])
            ),
            (
                dropout(matrix, rate: 1, stream: "d"),
                .invalidArgument("the rate", value: "1.0", wanted: "in 0..<1")
            ),
            (
                depthwiseConv2D(matrix, filter: image),
                .invalidArgument(
                    "input and filter", value: "f32[2, 3] and f32[1, 4, 6, 3]", wanted: "of rank 4")
            ),
            (
                AnyTensor.randomUniform(.int32, shape: [2], stream: "u"),
                .wrongElementType(.result, .int32, wanted: DTypeClass.floating.dtypes)
            ),
        ]
        for (tensor, kind) in kinds {
            #expect(tensor.error?.kind == kind, "\(String(describing: tensor.error))")
        }
    }

    @Test("what first is not finite is a number at a place", arguments: TestedEngine.allCases)
    func foundNotFinite(_ engine: TestedEngine) throws {
        var options = Session.Options(engine: engine.engine)
        options.findsNonFinite = true
        let session = Session(options)
        let x = Tensor<Float>.placeholder(shape: [nil], name: "x")
        let error = #expect(throws: RunError.self) {
            try session.run(log(x) + 1, feeding: [x: [1.0, 0.0, 2.0]])
        }
        guard case .foundNotFinite(let number, let place, let type, _) = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(number == -.infinity && place == [1] && type == TensorType(.float32, [3]))
        #expect(error?.code == .kernelFailure && error?.operation == "log")
    }

    @Test("an error of a run holds the values of what failed", arguments: TestedEngine.allCases)
    func runKinds(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 2], name: "x")
        let row = Tensor<Int32>.placeholder(shape: [], name: "row")
        let picked = x.gathered(at: row)
        let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
        let loss = softmaxCrossEntropy(logits: x, labels: labels)
        let three = NDArray.zeros(.float32, [3, 2])
        let cases: [(AnyTensor, Feeds, RunError.Kind)] = [
            (picked.anyTensor, [x: three], .missingFeed(name: "row", TensorType(.int32, []))),
            (
                picked.anyTensor, [x: three, row: 3],
                .indexOutOfRange(3, window: 1, axis: 0, size: 3)
            ),
            (
                picked.anyTensor, [x: NDArray.zeros(.float32, [3]), row: 0],
                .feedOfWrongShape("\(x.anyTensor)", [3], wanted: [nil, 2])
            ),
            (
                loss.anyTensor, [x: three, labels: NDArray([0, 2, -1] as [Int32])],
                .numberOutOfRange(
                    "a label is not the number of a class", number: 2, at: [1], bound: 2, wrong: 2,
                    count: 3)
            ),
            (
                checkFinite(log(x), "must be finite").anyTensor, [x: three],
                .notFinite("must be finite", number: -.infinity, at: [0, 0], wrong: 6, count: 6)
            ),
            (
                (6 / row).anyTensor, [row: 0],
                .divisionByZero(element: engine == .reference ? 0 : nil)
            ),
            (
                (x + Tensor<Float>.placeholder(shape: [nil, nil], name: "y")).anyTensor, [:],
                .missingFeed(name: "x", TensorType(.float32, [nil, 2]))
            ),
        ]
        for (tensor, feeds, kind) in cases {
            let error = #expect(throws: RunError.self) {
                try engine.session().run(tensor, feeding: feeds)
            }
            #expect(error?.kind == kind, "\(String(describing: error))")
            #expect(error?.code == kind.code)
        }
    }

    @Test("a shape that was fed violates a rule: the run's error holds the graph's kind")
    func shapes() throws {
        let x = Tensor<Float>.placeholder(shape: [nil], name: "x")
        let y = Tensor<Float>.placeholder(shape: [nil], name: "y")
        let error = #expect(throws: RunError.self) {
            try Session().run(x + y, feeding: [x: [1.0, 2.0], y: [1.0, 2.0, 3.0]])
        }
        #expect(error?.kind == .invalidShape(.notBroadcastable([2], [3], 2, 3)))
        #expect(error?.operation == "add")
    }

    @Test("errors are compared without looking up a line")
    func comparison() throws {
        func failed(_ size: Int) -> GraphError? {
            (matrix + AnyTensor.placeholder(.float32, shape: [size])).error
        }
        var errors: [GraphError] = []
        for size in [7, 7, 8] { errors.append(try #require(failed(size))) }
        let elsewhere = try #require(failed(7))
        #expect(errors[0] == errors[1])
        #expect(errors[0].hashValue == errors[1].hashValue)
        #expect(errors[0] != errors[2])
        #expect(errors[0] != elsewhere)
        #expect(errors.allSatisfy { !$0.site.isLocated } && !elsewhere.site.isLocated)

        let x = Tensor<Float>.placeholder(shape: [])
        // A test that expects an error prints it, for which its line is looked up.
        func missing() throws -> RunError {
            do { _ = try Session().run(x) } catch let error as RunError { return error }
            throw RunError(.closed)
        }
        let (first, second) = (try missing(), try missing())
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        #expect(first != RunError(.missingFeed(name: nil, TensorType(.float32, []))))
        #expect(first.site?.isLocated == false)
        #expect(errors[0].location != nil && errors[0].site.isLocated)
    }
}
