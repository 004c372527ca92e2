// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft

extension tf {
    /// Tests of a program's own.
    public enum test {
        /// What a test found that should not be so.
        public struct AssertionError: Error, Hashable, Sendable, CustomStringConvertible {
            /// What should be and what is.
            public let description: String
        }

        /// Tests that share what stands before each: a subclass has them as methods, and names them in `tests`, since
        /// Swift finds no methods by their names.
        ///
        /// ```swift
        /// final class SquareTest: tf.test.TestCase {
        ///     override var tests: [String: () throws -> Void] { ["square": square] }
        ///
        ///     func square() throws {
        ///         try session { sess in try assertAllClose(sess.run(tf.square([1.0, 2.0])), [1.0, 4.0]) }
        ///     }
        /// }
        /// try tf.test.main([SquareTest()])
        /// ```
        open class TestCase {
            /// Tests without anything before or after.
            public init() {}

            /// The tests by name.
            open var tests: [String: () throws -> Void] { [:] }
            /// What is done before each test.
            open func setUp() throws {}
            /// What is done after each test, also one that failed.
            open func tearDown() throws {}

            /// Runs the tests in the order of their names, each in a graph of its own.
            ///
            /// - Returns: the names of those that failed, with what they found.
            public func run() -> [String: any Error] {
                var failures: [String: any Error] = [:]
                for (name, test) in tests.sorted(by: { $0.key < $1.key }) {
                    do {
                        try Graph().as_default {
                            try setUp()
                            let outcome = Result { try test() }
                            try tearDown()
                            try outcome.get()
                        }
                    } catch {
                        failures["\(Swift.type(of: self)).\(name)"] = error
                    }
                }
                return failures
            }

            /// Runs `body` with a session that is the default one inside.
            public func session<R>(
                graph: Graph? = nil, config: ConfigProto? = nil, use_gpu: Bool = false,
                _ body: (Session) throws -> R
            ) rethrows -> R {
                try tf.with(Session(graph: graph, config: config), body)
            }
            /// Runs `body` with a session that is the default one inside.
            public func test_session<R>(
                graph: Graph? = nil, config: ConfigProto? = nil, use_gpu: Bool = false,
                _ body: (Session) throws -> R
            ) rethrows -> R {
                try session(graph: graph, config: config, use_gpu: use_gpu, body)
            }
            /// The value of a tensor in the default session.
            ///
            /// - Throws: as `Session.run`.
            public func evaluate(_ tensor: some TensorConvertible) throws -> NDArray {
                try tensor.anyTensor.eval()
            }
            /// A folder for the tests' files.
            public func get_temp_dir() -> String { tf.test.get_temp_dir() }

            // MARK: Assertions

            /// - Throws: `AssertionError` unless `condition` holds.
            public func assertTrue(_ condition: Bool, _ msg: String = "it is false") throws {
                if !condition { throw AssertionError(description: msg) }
            }
            /// - Throws: `AssertionError` where `condition` holds.
            public func assertFalse(_ condition: Bool, _ msg: String = "it is true") throws {
                try assertTrue(!condition, msg)
            }
            /// - Throws: `AssertionError` unless both are equal.
            public func assertEqual<T: Equatable>(_ first: T, _ second: T) throws {
                try assertTrue(first == second, "\(first) != \(second)")
            }
            /// - Throws: `AssertionError` where both are equal.
            public func assertNotEqual<T: Equatable>(_ first: T, _ second: T) throws {
                try assertTrue(first != second, "\(first) == \(second)")
            }
            /// - Throws: `AssertionError` unless the numbers are at most `err` apart.
            public func assertNear(_ f1: Double, _ f2: Double, _ err: Double) throws {
                try assertTrue(f1 == f2 || Swift.abs(f1 - f2) <= err, "\(f1) != \(f2) +/- \(err)")
            }
            /// - Throws: `AssertionError` unless shapes and elements are equal.
            public func assertAllEqual(_ a: some TensorOperand, _ b: some TensorOperand) throws {
                try compare(a, b) { $0 == $1 }
            }
            /// - Throws: `AssertionError` unless shapes are equal, and elements differ by at most `atol + rtol · |b|`.
            public func assertAllClose(
                _ a: some TensorOperand, _ b: some TensorOperand, rtol: Double = 1e-6,
                atol: Double = 1e-6
            ) throws {
                try compare(a, b) { x, y in
                    x == y || x.isNaN && y.isNaN || Swift.abs(x - y) <= atol + rtol * Swift.abs(y)
                }
            }
            /// - Throws: `AssertionError` unless `body` throws.
            public func assertRaises(_ body: () throws -> Void) throws {
                do { try body() } catch { return }
                throw AssertionError(description: "nothing was thrown")
            }
            /// - Throws: `AssertionError` unless `body` throws an error of that type.
            public func assertRaises<E: Error>(_ type: E.Type, _ body: () throws -> Void) throws {
                do { try body() } catch is E { return }
                throw AssertionError(description: "no \(type) was thrown")
            }

            private func compare(
                _ a: any TensorOperand, _ b: any TensorOperand,
                _ areEqual: (Double, Double) -> Bool
            ) throws {
                let (a, b) = (try value(a), try value(b))
                try assertTrue(a.shape == b.shape, "shape \(a.shape) != \(b.shape)")
                if a.dtype == .string || b.dtype == .string {
                    return try assertTrue(a == b, "\(a) != \(b)")
                }
                let (x, y) = (a.doubles, b.doubles)
                let wrong = x.indices.filter { !areEqual(x[$0], y[$0]) }
                guard let first = wrong.first else { return }
                throw AssertionError(
                    description:
                        "\(wrong.count) of \(x.count) elements differ; the first is element "
                        + "\(first): \(x[first]) != \(y[first])")
            }

            private func value(_ operand: any TensorOperand) throws -> NDArray {
                operand.isKnown ? try operand.array(nil) : try operand.tensor(nil).eval()
            }
        }

        /// Runs tests, prints what they found, and how many there were.
        ///
        /// - Throws: `AssertionError` with all that failed.
        public static func main(_ cases: [TestCase]) throws {
            let count = cases.map(\.tests.count).reduce(0, +)
            let failures = cases.reduce(into: [String: any Error]()) { all, test in
                all.merge(test.run()) { first, _ in first }
            }
            for (name, error) in failures.sorted(by: { $0.key < $1.key }) {
                print("FAIL: \(name): \(error)")
            }
            print("Ran \(count) tests")
            if !failures.isEmpty {
                throw AssertionError(
                    description: "FAILED: \(failures.keys.sorted().joined(separator: ", "))")
            }
        }

        /// A folder for the files of tests, the process's own.
        public static func get_temp_dir() -> String {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "tensorflow1-\(ProcessInfo.processInfo.processIdentifier)", isDirectory: true)
            try? FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            return folder.path
        }
        /// False: there is no graphics processor.
        public static func is_gpu_available(cuda_only: Bool = false) -> Bool { false }
        /// False: nothing is built for it.
        public static func is_built_with_cuda() -> Bool { false }
        /// Empty: there is no graphics processor.
        public static func gpu_device_name() -> String { "" }
    }
}
