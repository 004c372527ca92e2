// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCheckpoints
import WeftData
import WeftFormats
import WeftGraph

/// A function of the public surface, called with drawn arguments.
struct Call: Sendable {
    let name: String
    let body: @Sendable (Chain) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Chain) throws -> Void) {
        self.name = name
        self.body = body
    }
}

/// Some calls in a row, over a pool of tensors that grows with what they return, and then a run.
///
/// Everything is a function of the seed.
final class Chain {
    var draws: Draws
    private var pool: [AnyTensor] = []
    private var feeds: [(AnyTensor, NDArray)] = []
    /// What gradients are asked for.
    private var sources: [AnyTensor] = []
    private var updates: [Update] = []

    init(seed: UInt64, isLoud: Bool = false) { draws = Draws(seed: seed, isLoud: isLoud) }

    // MARK: What calls take

    /// A tensor of an element type, from the pool or new; now and then of another type.
    func t<S: TensorScalar>(_: S.Type, rank: Int? = nil) -> Tensor<S> {
        let tensor: AnyTensor
        if draws.once(in: 60), let wrong = pool.last {
            tensor = wrong
        } else {
            tensor = one(S.dtype, rank: rank)
        }
        draws.say(" \(tensor.type)")
        return Tensor(tensor)
    }

    func any() -> AnyTensor {
        let tensor = one(draws.pick(DType.allCases.filter { $0 != .list }), rank: nil)
        draws.say(" \(tensor.type)")
        return tensor
    }

    func several<S: TensorScalar>(_ type: S.Type) -> [Tensor<S>] {
        (0..<draws.below(4)).map { _ in t(type) }
    }

    func flag(_ rank: Int = 0) -> Tensor<Bool> { t(Bool.self, rank: rank) }

    private func one(_ dtype: DType, rank: Int?) -> AnyTensor {
        if !draws.once(in: 3) {
            let known = pool.filter { tensor in
                tensor.dtype == dtype && (rank == nil || tensor.shape.rank == rank)
            }
            if let tensor = known.isEmpty ? nil : draws.pick(known) { return tensor }
        }
        return source(dtype, rank: rank)
    }

    private func source(_ dtype: DType, rank: Int?) -> AnyTensor {
        let dims = draws.dimensions(rank: rank)
        let tensor: AnyTensor
        switch draws.below(10) {
        case 0...3: tensor = placeholder(dtype, dims)
        case 4...7: tensor = AnyTensor(draws.array(dtype, dims))
        case 8:
            let handle = VariableHandle(
                "v\(draws.bits() % 1_000_000)", dtype: dtype, shape: dims,
                initializer: .constant(draws.number()))
            tensor = handle.value
        default:
            tensor =
                draws.once(in: 3)
                ? Tensor<Float>.zeros(shape: draws.hugeDimensions()).anyTensor.cast(to: dtype)
                : Tensor<Float>.ones(shape: dims).anyTensor.cast(to: dtype)
        }
        pool.append(tensor)
        if dtype.isFloatingPoint { sources.append(tensor) }
        return tensor
    }

    private func placeholder(_ dtype: DType, _ dims: [Int]) -> AnyTensor {
        let shape: Shape =
            draws.once(in: 8) ? .unknown : Shape(dims.map { draws.once(in: 2) ? nil : $0 })
        let tensor = AnyTensor.placeholder(dtype, shape: shape)
        let fed = draws.once(in: 25) ? draws.dimensions() : dims
        if !draws.once(in: 50) { feeds.append((tensor, draws.array(dtype, fed))) }
        return tensor
    }

    // MARK: What calls give

    func keep(_ tensor: AnyTensor) {
        draws.say(" -> \(tensor.error == nil ? "\(tensor.type)" : "error")")
        if tensor.error == nil || draws.once(in: 30) { pool.append(tensor) }
        if let error = tensor.error, draws.once(in: 50) { _ = "\(error)" }
    }

    func keep<S>(_ tensor: Tensor<S>) { keep(tensor.anyTensor) }

    func keep<S>(_ tensors: [Tensor<S>]) { keep(tensors.map(\.anyTensor)) }

    func keep(_ tensors: [AnyTensor]) {
        for tensor in tensors.prefix(3) { keep(tensor) }
    }

    func keep(_ update: Update) {
        draws.say(" -> update")
        if update.anyTensor.error == nil { updates.append(update) }
    }

    // MARK: The run

    func build(_ calls: [Call], last: Call?) throws {
        for index in 0...draws.below(5) {
            let call = index == 0 && last != nil ? last ?? calls[0] : draws.pick(calls)
            draws.say("\(index == 0 ? "" : "; ")\(call.name)")
            try Self.tolerating { try call.body(self) }
        }
    }

    /// Errors of the framework's own types are what hostile calls are to give.
    private static func tolerating(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch is GraphError {
        } catch is RunError {
        } catch is ArrayError {
        } catch is FileError {
        } catch is DataError {
        } catch is CheckpointPartError {}
    }

    /// Differentiates, draws and runs some of what the calls gave.
    func run() throws {
        var fetches: [any TensorConvertible] = []
        for _ in 0..<1 + draws.below(2) {
            if let tensor = pool.isEmpty ? nil : draws.pick(Array(pool.suffix(4))) {
                fetches.append(tensor)
            }
        }
        if let update = updates.last { fetches.append(update) }
        if draws.once(in: 2) {
            draws.say("; gradients")
            try Self.tolerating { fetches += try derivatives(fetches) }
        }
        if fetches.isEmpty { return }
        if draws.once(in: 50) {
            draws.say("; drawing")
            let graph = Graph(outputs: ["y": fetches[0]])
            _ = (graph.description, graph.graphviz(), graph.nodeCount < 200 ? graph.svg() : "")
            _ = graph.svg(depth: draws.below(4)) + graph.graphviz(depth: draws.below(4))
            let name = graph.nodes[draws.below(graph.nodes.count)].name ?? "none"
            _ = (graph.nodes(named: name), try? graph.tensor(named: name + ":1"))
        }
        draws.say("; run")
        let session = makeSession(fetches)
        try Self.tolerating {
            for _ in 0..<1 + draws.below(2) {
                let control = RunControl(deadline: .now + .seconds(2))
                _ = try session.run(fetches, feeding: Feeds(feeds), control: control)
            }
        }
        if draws.once(in: 40) {
            draws.say("; state")
            try Self.tolerating { try session.importState(session.exportState()) }
        }
    }

    private func derivatives(_ fetches: [any TensorConvertible]) throws -> [any TensorConvertible] {
        let ys = fetches.map(\.anyTensor).filter(\.dtype.isFloatingPoint)
        let xs = Array(sources.suffix(3))
        guard let y = ys.first, !xs.isEmpty else { return [] }
        let first = try gradients(of: ys.prefix(1).map { $0 }, withRespectTo: xs).compactMap(\.self)
        guard draws.once(in: 3), let slope = first.first else { return first }
        draws.say(" twice")
        let second = try gradients(of: [slope], withRespectTo: xs).compactMap(\.self)
        let along = try jvp(of: [y], withRespectTo: [xs[0]], tangents: [xs[0]]).compactMap(\.self)
        return first + second + along
    }

    private func makeSession(_ fetches: [any TensorConvertible]) -> Session {
        var threads = draws.pick([1, 2, 2, nil])
        if draws.once(in: 20) { threads = draws.int() }
        var options = Session.Options(
            seed: draws.bits(),
            engine: .cpu(
                threads: threads, packsWeights: draws.once(in: 2),
                verifiesPrograms: draws.once(in: 3)))
        options.emissionHandler = { _ in }
        if draws.once(in: 20) { options.planLimit = draws.int() }
        // The interpreter is made to be right and not fast.
        let isSmall = pool.allSatisfy { ($0.shape.count ?? 1) <= 10_000 }
        if isSmall, draws.once(in: 4) {
            draws.say(" on the reference")
            options.engine = .reference
        }
        return Session(options)
    }
}
