// SPDX-License-Identifier: Apache-2.0
import Logging
import Testing
import Weft
import WeftGraph

/// Keeps what sessions log.
struct RecordingLog: LogHandler {
    static let lines = Guarded<[String]>([])
    static let isInstalled: Bool = {
        LoggingSystem.bootstrap { _ in RecordingLog() }
        return true
    }()

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        Self.lines.withLock { $0.append("\(event.message)") }
    }
}

@Suite struct PlanCacheTests {
    @Test("a plan is compiled once for each fetch and each shape fed")
    func identity() throws {
        let x = Tensor<Float>.placeholder(shape: [nil])
        let session = TestedEngine.cpu.session()
        for _ in 0..<5 {
            _ = try session.run(x + 1, feeding: [x: [1.0]])
            _ = try session.run(x * 2, feeding: [x: [1.0, 2.0]])
            _ = try session.run([x + 1, x * 2], feeding: [x: [1.0, 2.0]])
        }
        #expect(session.compilationCount == 3)
        _ = try session.run(x + 1, feeding: [x: [1.0, 2.0]])
        #expect(session.compilationCount == 4)
    }

    @Test("a training step built again finds its plan")
    func structure() throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 3])
        let target = Tensor<Float>.placeholder(shape: [nil, 1])
        let w = Variable<Float>("w", shape: [3, 1], initializer: .ones)
        let norm = BatchNorm<Float>("norm", channels: 1)
        let optimizer = Adam(learningRate: 0.01)
        let session = TestedEngine.cpu.session()
        var losses: [Double] = []
        for _ in 0..<20 {
            let hidden = norm(dropout(matmul(x, w.value), rate: 0.1, stream: "d"), mode: .training)
            let difference = hidden - target
            let loss = (difference * difference).mean()
            let train = try optimizer.minimize(loss)
            let results = try session.run(
                [loss, train],
                feeding: [
                    x: [[1.0, 2, 3], [4, 5, 6], [7, 8, 1.5]], target: [[1.0], [0.5], [0.25]],
                ])
            losses.append(results[0].number)
        }
        #expect(session.compilationCount == 1)
        #expect(losses.allSatisfy { $0.isFinite })
        #expect(Set(losses).count > 1)
    }

    @Test("graphs that differ do not share a plan")
    func differences() throws {
        let x = Tensor<Float>.placeholder(shape: [2])
        let session = TestedEngine.cpu.session()
        let v = Variable<Float>("v", shape: [2])
        func run(_ tensor: some TensorConvertible) throws -> [Double] {
            try session.run(tensor, feeding: [x: [1.0, 2.0]]).doubles
        }
        #expect(try run(v.assign(x + 1)) == [2, 3])
        #expect(try run(v.assign(x + 2)) == [3, 4])
        #expect(try run(v.assign(x * 2)) == [2, 4])
        #expect(try run(v.update { $0 + x }) == [3, 6])
        #expect(try run(v.update { $0 * x }) == [3, 12])
        #expect(try run(v.assign(x + Tensor<Float>(-0.0))) == [1, 2])
        for large in [1.0, 2.0] {
            let constant = try NDArray(repeating: Float(large), shape: [100])
            let tensor = Tensor<Float>(AnyTensor(constant))
            #expect(try run(v.assign(x * tensor.sum())) == [100 * large, 200 * large])
        }
    }

    @Test("no more plans are kept than the limit, and the one used least recently goes")
    func bound() throws {
        let x = Tensor<Float>.placeholder(shape: [nil])
        let session = TestedEngine.cpu.session(planLimit: 4)
        let kept = x + 1
        for i in 0..<30 {
            _ = try session.run(kept, feeding: [x: [1.0]])
            _ = try session.run(x * Tensor<Float>(Float(i)), feeding: [x: [1.0]])
            #expect(session.planCount <= 4)
        }
        #expect(session.compilationCount == 31)
        let single = TestedEngine.cpu.session(planLimit: 0)
        for _ in 0..<3 {
            _ = try single.run(x, feeding: [x: [1.0]])
            _ = try single.run(kept, feeding: [x: [1.0]])
            #expect(single.planCount == 1)
        }
    }

    @Test("plans take no more bytes than the limit, and the newest stays")
    func byteBound() throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 64])
        let w = Variable<Float>("w", shape: [64, 64], initializer: .ones)
        // The hidden layers are kept in the memory of the plan.
        let y = matmul(relu(matmul(relu(matmul(x, w.value)), w.value)), w.value).sum()
        var options = Session.Options(engine: .cpu(threads: 1, packsWeights: false))
        options.planByteLimit = 1 << 20
        let session = Session(options)
        var most = 0
        for batch in 1...200 {
            let fed = try NDArray(repeating: Float(1), shape: [batch, 64])
            #expect(try session.run(y, feeding: [x: fed]).number == Double(batch) * 0x1p24)
            most = max(most, session.planByteCount)
            #expect(session.planCount >= 1)
        }
        #expect(most > 1 << 19 && most <= 1 << 20, "\(most)")
        #expect(session.planCount < 64)
        options.planByteLimit = 0
        let single = Session(options)
        for batch in 1...5 {
            let fed = try NDArray(repeating: Float(1), shape: [batch, 64])
            _ = try single.run(y, feeding: [x: fed])
            #expect(single.planCount == 1)
        }
        options.planLimit = .max
        #expect(try Session(options).run(w.value.sum()).number == 4096)
    }

    @Test("plans keep neither nodes nor variables alive, and a dead variable's value goes")
    func lifetimes() throws {
        let session = TestedEngine.cpu.session()
        weak var node: Node?
        weak var handle: VariableHandle?
        weak var storage: Storage?
        do {
            let x = Tensor<Float>.placeholder(shape: [])
            let v = Variable<Float>("v", shape: [5000])
            let update = v.assignAdd(x)
            _ = try session.run([update, v.value * x], feeding: [x: 2.0])
            node = update.anyTensor.node
            handle = v.handle
            storage = try session.value(of: v).storage
            #expect(node != nil && handle != nil && storage != nil)
        }
        #expect(node == nil)
        #expect(handle == nil)
        #expect(session.planCount == 1)
        let y = Tensor<Float>.placeholder(shape: [])
        _ = try session.run(y, feeding: [y: 1.0])
        #expect(storage == nil)
        #expect(session.planCount == 1)
        #expect(try session.exportState().variables.isEmpty)
    }

    @Test("a loop that compiles in every step is told so once, with the constant")
    func watch() throws {
        #expect(RecordingLog.isInstalled)
        let x = Tensor<Float>.placeholder(shape: [nil])
        let session = TestedEngine.cpu.session()
        for i in 0..<40 { _ = try session.run(x * -3 + (512.5 + Float(i)), feeding: [x: [1.0]]) }
        let text =
            "16 plans were compiled that differ only in constants, such as 526.5, now 527.5. "
            + "If a number changes from step to step, make it a placeholder and feed it."
        #expect(RecordingLog.lines.withLock { $0 }.filter { $0 == text }.count == 1)
        for i in 1...40 {
            let fed = try NDArray(repeating: Float(1), shape: [i])
            _ = try session.run(x * 5, feeding: [x: fed])
        }
        let shapes = "16 plans were compiled that differ only in the shapes of what is fed"
        #expect(RecordingLog.lines.withLock { $0 }.contains { $0.hasPrefix(shapes) })
    }
}
