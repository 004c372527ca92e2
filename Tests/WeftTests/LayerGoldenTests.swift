// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Layers against PyTorch: outputs, and gradients by inputs and by parameters (Tests/Goldens/layers.json;
/// Scripts/goldens/layers.py says what goes in).
@Suite("Layers, beside PyTorch") struct LayerGoldenTests {
    /// Number i of tensor `seed`, as the script has it.
    private static func pattern(_ seed: Int, _ shape: [Int], _ dtype: DType) throws -> NDArray {
        let numbers = (0..<shape.reduce(1, *)).map { i in
            Double((83 * i + 17 * seed) % 251 - 125) / 128
        }
        return try NDArray(numbers, shape: shape).cast(to: dtype)
    }

    private struct Given {
        let name: String
        let isParameter: Bool
        let seed: Int
        let shape: [Int]

        init(_ object: [String: Any]) throws {
            name = try #require(object["name"] as? String)
            isParameter = object["kind"] as? String == "parameter"
            seed = try #require(object["seed"] as? Int)
            shape = try #require(object["shape"] as? [Int])
        }
    }

    private func check<T: FloatingScalar>(
        _ name: String, _ recorded: [String: Any], _ layer: GoldenLayer<T>, _ engine: TestedEngine,
        tolerance: Double
    ) throws {
        let given = try #require(recorded["given"] as? [[String: Any]]).map { try Given($0) }
        let session = engine.session()

        // The batch is unknown, as in a program.
        var feeds: Feeds = [:]
        var sources: [(name: String, tensor: Tensor<T>)] = []
        for input in given where !input.isParameter {
            let shape = Shape([nil] + input.shape.dropFirst().map { $0 })
            let x = Tensor<T>.placeholder(shape: shape)
            feeds.set(x.anyTensor, to: try Self.pattern(input.seed, input.shape, T.dtype))
            sources.append((input.name, x))
        }
        let outputs = layer.outputs(
            LayerInputs(Dictionary(uniqueKeysWithValues: sources.map { ($0.name, $0.tensor) })))
        for output in outputs { try output.tensor.validated() }
        var missing = Set(given.filter(\.isParameter).map(\.name))
        for variable in layer.variables() {
            let key = String(variable.name.dropFirst("l/".count))
            let parameter = try #require(
                given.first { $0.isParameter && $0.name == key }, "\(variable.name)")
            missing.remove(key)
            #expect(variable.shape == parameter.shape, "\(key)")
            try session.set(
                try #require(Variable<T>(variable)),
                to: try Self.pattern(parameter.seed, parameter.shape, T.dtype))
            sources.append((key, Tensor(variable.value)))
        }
        #expect(missing.isEmpty, "\(name) has no \(missing)")

        let wanted = try outputs.map { output in
            try Golden.requiredArray(Golden.dictionary(recorded["outputs"])[output.name])
        }
        var loss = Tensor<T>.zeros(shape: [])
        for (output, value) in zip(outputs, wanted) {
            let weights = value.doubles.indices.map { Double($0 % 7 + 1) / 4 }
            let factor = try NDArray(weights, shape: value.shape).cast(to: T.dtype)
            loss = loss + (output.tensor * Tensor(factor)).sum()
        }
        let slopes = try gradients(of: loss, withRespectTo: sources.map(\.tensor))
        let found = try session.run(
            outputs.map(\.tensor) + slopes.map { try #require($0) }, feeding: feeds)
        for (index, (output, value)) in zip(outputs, wanted).enumerated() {
            expect(found[index], value, "\(name): \(output.name)", tolerance)
        }
        let recordedSlopes = try Golden.dictionary(recorded["gradients"])
        #expect(recordedSlopes.count == sources.count)
        for (source, slope) in zip(sources, found.dropFirst(outputs.count)) {
            let value = try Golden.requiredArray(recordedSlopes[source.name])
            expect(slope, value, "\(name) by \(source.name)", tolerance)
        }
    }

    /// Sums round in the size of their terms, so that the tolerance is a share of the largest number.
    private func expect(
        _ found: NDArray, _ wanted: NDArray, _ what: String, _ tolerance: Double
    ) {
        #expect(found.shape == wanted.shape, "\(what)")
        let largest = wanted.doubles.reduce(1) { max($0, abs($1)) }
        var worst = 0.0
        for (a, b) in zip(found.doubles, wanted.doubles) {
            worst = a.isNaN ? .infinity : max(worst, abs(a - b) / largest)
        }
        #expect(worst <= tolerance, "\(what) is off by \(worst)")
    }

    // In f64 64 units in the last place of the largest number: sums of some hundred terms in another order. In f32, whose functions are off by up to 5 units
    // each and come after one another in the steps of recurrent networks, 24.

    @Test("in double precision", arguments: TestedEngine.allCases)
    func double(_ engine: TestedEngine) throws {
        try checkAll(GoldenLayer<Double>.all, engine, tolerance: 64 * 0x1p-53)
    }

    @Test("in single precision", arguments: TestedEngine.allCases)
    func single(_ engine: TestedEngine) throws {
        try checkAll(GoldenLayer<Float>.all, engine, tolerance: 24 * 0x1p-24)
    }

    private func checkAll<T: FloatingScalar>(
        _ layers: [String: GoldenLayer<T>], _ engine: TestedEngine, tolerance: Double
    ) throws {
        let recorded = try Golden("layers.json").dictionary("cases")
        #expect(Set(recorded.keys) == Set(layers.keys), "every recorded case is compared")
        for (name, layer) in layers.sorted(by: { $0.key < $1.key }) {
            do {
                try check(
                    name, try Golden.dictionary(recorded[name]), layer, engine,
                    tolerance: tolerance)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }
}

/// The inputs of a recorded layer, by name.
struct LayerInputs<T: FloatingScalar> {
    private let tensors: [String: Tensor<T>]

    init(_ tensors: [String: Tensor<T>]) { self.tensors = tensors }

    /// An input; one that there is not carries an error.
    subscript(name: String) -> Tensor<T> {
        tensors[name] ?? Tensor(.invalid("golden", nil, "there is no input \(name)"))
    }
}

/// A layer of a recorded case, named `l`.
struct GoldenLayer<T: FloatingScalar> {
    let variables: () -> [VariableHandle]
    let outputs: (LayerInputs<T>) -> [(name: String, tensor: Tensor<T>)]

    /// A layer from input x to output y.
    init<L: Layer>(_ layer: L) where L.Input == Tensor<T>, L.Output == Tensor<T> {
        self.init(layer) { [("y", layer($0["x"], mode: .training))] }
    }

    init(
        _ layer: any Layer,
        _ outputs: @escaping (LayerInputs<T>) -> [(name: String, tensor: Tensor<T>)]
    ) {
        variables = { layer.variables }
        self.outputs = outputs
    }

    static var all: [String: GoldenLayer] {
        convolutions.merging(pools) { a, _ in a }.merging(margins) { a, _ in a }
            .merging(norms) { a, _ in a }.merging(networks) { a, _ in a }
            .merging(attentions) { a, _ in a }.merging(blocks) { a, _ in a }
    }
}
