// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Memory that is not there, or that a session may not take: errors, never the end of the process.
struct MemoryLimitTests {
    private let x = Tensor<Float>.placeholder(shape: [nil, 256], name: "x")

    private func session(_ engine: TestedEngine, limit: Int?) -> Session {
        var options = Session.Options(engine: engine.engine)
        options.memoryLimit = limit
        return Session(options)
    }

    @Test(
        "a run that would take more than the session may is refused before it begins",
        arguments: TestedEngine.allCases)
    func sessionLimit(_ engine: TestedEngine) throws {
        let session = session(engine, limit: 1 << 20)
        let y = matmul(exp(x), x.transposed())
        let small = try NDArray(repeating: Float(0), shape: [16, 256])
        let large = try NDArray(repeating: Float(0), shape: [1024, 256])
        #expect(try session.run(y, feeding: [x: small]).shape == [16, 16])
        let text = errorText { _ = try session.run(y, feeding: [x: large]) }
        #expect(text.contains("may take 1048576"), "\(text)")
        // The product of 4 MiB is what needs the most, in the engine that says so.
        if engine == .cpu { #expect(text.contains("matmul"), "\(text)") }
        #expect(errorCode { _ = try session.run(y, feeding: [x: large]) } == .outOfMemory)
        #expect(try session.run(y, feeding: [x: small]).doubles[0] == 0)
    }

    @Test("results that fit one by one and not together are refused")
    func sumOfResults() {
        let session = session(.cpu, limit: nil)
        let n = MachineMemory.limit / 4 / 5 * 3 / 256
        let row = Tensor<Float>.placeholder(shape: [256])
        let many = [1, 2].map { (row * Float($0)).broadcasted(to: [n, 256]) }
        let text = errorText {
            _ = try session.run(many, feeding: [row: NDArray([Float](repeating: 1, count: 256))])
        }
        #expect(text.contains("bytes of memory cannot be had"), "\(text)")
    }

    @Test("what a transform takes while it runs counts")
    func transforms() throws {
        let session = session(.cpu, limit: 4 << 20)
        let z = AnyTensor.placeholder(.complex128, shape: [nil])
        let spectrum = fft(z)
        // Of a prime length, FFTW transforms lines of more than twice the length.
        for (n, isRefused) in [(100_000, false), (100_003, true)] {
            let array = NDArray.zeros(.complex128, [n])
            let code = errorCode { _ = try session.run(spectrum, feeding: [z: array]) }
            #expect(code == (isRefused ? .outOfMemory : nil), "\(n)")
        }
    }

    @Test("memory that the system refuses is an error")
    func refused() {
        #expect(throws: MemoryShortage.self) { _ = try Storage(allocating: 1 << 46) }
        #expect(throws: MemoryShortage.self) { _ = try Storage(allocatingZeros: 1 << 46) }
        #expect(!ArraySize.fits([MachineMemory.limit / 4 + 1], .float32))
    }

    /// Set in the process whose address space is limited.
    private static let mark = "WEFT_TESTS_UNDER_LIMIT"
    private static let isLimited = ProcessInfo.processInfo.environment[mark] != nil

    #if os(Linux)
    /// The address space in use; a sanitizer's shadow memory takes more than any limit.
    private static var addressSpace: Int {
        let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
        return text.flatMap { $0.split(separator: " ").first }.flatMap { Int($0) } ?? .max
    }

    @Test("under a limit of its address space the process goes on", .enabled(if: !isLimited))
    func underLimit() throws {
        if Self.addressSpace > 1 << 24 { return }
        let run = try FinishedProcess(
            try #require(FinishedProcess.executable),
            [
                "--testing-library", "swift-testing", "--filter",
                "MemoryLimitTests/graphsUnderLimit",
            ],
            setup: "ulimit -v 3000000", environment: [Self.mark: "1"], within: 300)
        #expect(run.status == 0, "\(run)")
        #expect("\(run)".contains("1 test"), "\(run)")
    }
    #endif

    @Test("graphs that are too large for the process", .enabled(if: isLimited))
    func graphsUnderLimit() throws {
        let session = session(.cpu, limit: nil)
        // Of 2.5 GB are the results that the limit admits and what is left of it does not.
        let n = 25_000
        let column = Tensor<Float>.placeholder(shape: [n, 1])
        let image = Tensor<Float>.placeholder(shape: [1, 64, 64, 1])
        let line = Tensor<Float>.placeholder(shape: [1, 4, 1])
        let ones = Tensor<Float>.ones(shape: [1, 1, 1, 64])
        let reach = 1 << 27
        let (feeds, images): (Feeds, Feeds) = (
            [column: try NDArray(repeating: Float(1), shape: [n, 1])],
            [image: try NDArray(repeating: Float(1), shape: [1, 64, 64, 1])]
        )
        let graphs: [(String, Tensor<Float>, Feeds)] = [
            ("broadcast", column * column.transposed() + column, feeds),
            ("matmul", matmul(column, column.transposed()), feeds),
            ("sort", (column * column.transposed()).sorted(), feeds),
            ("oneHot", .oneHot(Tensor<Int32>.zeros(shape: [64]), depth: 16_777_215), [:]),
            ("tile", column.tiled(by: [1, 1 << 16]), feeds),
            (
                "conv2D",
                conv2D(
                    image, filter: ones,
                    padding: .explicit(low: [2048, 2048], high: [2048, 2048])), images
            ),
            (
                "conv1D",
                conv1D(
                    line, filter: .ones(shape: [3, 1, 8]),
                    padding: .explicit(low: [reach], high: [reach])),
                [line: try NDArray(repeating: Float(1), shape: [1, 4, 1])]
            ),
        ]
        for (name, graph, feeds) in graphs {
            let code = errorCode { _ = try session.run(graph, feeding: feeds) }
            #expect(code == .outOfMemory, "\(name)")
        }
        let weights = Variable<Float>("weights", shape: [n, n])
        #expect(errorCode { _ = try session.value(of: weights) } == .outOfMemory)
        #expect(throws: ArrayError.self) {
            _ = try NDArray(repeating: Float(0), shape: [1 << 30])
        }
        try arraysOfData()
        try convertedFeeds(session)
        try countedElements(session)
        // What is kept from a run makes room for the next.
        for size in [60, 80, 100] {
            let x = Tensor<Float>.placeholder(shape: [size << 20])
            let fed = try NDArray(repeating: Float(1), shape: [size << 20])
            #expect(try session.run(exp(x).sum() * 0 + 1, feeding: [x: fed]).number == 1)
            #expect(try session.run(x + 1, feeding: [x: fed]).count == size << 20)
        }
    }

    /// Where an array's size comes from data, what makes it throws.
    private func arraysOfData() throws {
        let count = 3 << 27
        let large = NDArray.zeros(.float32, [count])
        #expect(throws: ArrayError.self) { _ = try large.cast(to: .float64) }
        #expect(throws: ArrayError.self) {
            _ = try NDArray(
                dtype: .float64, shape: [count],
                bytes: repeatElement(0 as UInt8, count: 8 * count))
        }
        var shared = large
        #expect(throws: ArrayError.self) { try shared.makeUnshared() }
        #expect(throws: ArrayError.self) { try shared.assign(1.0, at: 0) }
        #expect(shared.storage === large.storage)
    }

    /// Feeds that are converted take what their result takes.
    private func convertedFeeds(_ session: Session) throws {
        let numbers = Tensor<Int64>.placeholder(shape: [nil])
        let integers = NDArray.zeros(.int32, [300 << 20])
        #expect(
            errorCode { _ = try session.run(numbers[0], feeding: [numbers: integers]) }
                == .outOfMemory)
    }

    /// What an error counts takes nothing.
    private func countedElements(_ session: Session) throws {
        let halves = Tensor<Float16>.placeholder(shape: [nil])
        var infinite = NDArray.zeros(.float16, [300 << 20])
        infinite.withUnsafeMutableBytes { $0[$0.count - 1] = 0x7C }
        let text = errorText {
            _ = try session.run(
                checkFinite(halves, "must be finite"), feeding: [halves: infinite])
        }
        #expect(text.contains("1 of 314572800 values are not finite"), "\(text)")
    }
}
