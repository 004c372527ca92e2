// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The conformance suite")
struct EngineConformanceTests {
    private static let cases = EngineConformance.cases()

    @Test("every primitive has a case for every element type it takes")
    func completeness() throws {
        #expect(try EngineConformance.missing(Self.cases) == [])
        let names = Dictionary(grouping: Self.cases, by: \.name)
        #expect(names.filter { $1.count > 1 }.keys.sorted().prefix(20) == [])
        let counts = EngineConformance.counts(Self.cases)
        #expect(counts.count >= 117)
        print("\(Self.cases.count) conformance cases of \(counts.count) kinds of primitives")
    }

    @Test("all its programs obey the shape rules")
    func wellTyped() {
        for item in Self.cases {
            #expect(throws: Never.self, "\(item.name)") { try item.program.verify() }
        }
    }

    @Test("the reference interpreter agrees with itself, and fails only where kernels do")
    func reference() {
        var failing = 0
        for item in Self.cases {
            let mismatches = EngineConformance.check(item, ReferenceEngine())
            #expect(mismatches.isEmpty, "\(mismatches)")
            do {
                var arguments = RunArguments(feeds: item.inputs)
                arguments.host = HostRecord(updating: nil, keepsResults: false)
                _ = try ReferenceEngine().compile(item.program).run(&arguments, control: nil)
            } catch {
                #expect((error as? RunError)?.code == .kernelFailure, "\(item.name): \(error)")
                failing += 1
            }
        }
        print("\(failing) of them are runs that fail")
        #expect(failing > 1000)
    }

    @Test("an engine that gets one element wrong is found out")
    func oneWrongElement() {
        var undetected: [String] = []
        var chains = 0
        for item in Self.cases {
            guard
                let right = try? ReferenceEngine().compile(item.program)
                    .run(item.inputs, control: nil), let last = right[0].doubles.last,
                last.isFinite
            else { continue }
            // A unit of bf16 may be more than what is added here.
            if item.dtype == .bfloat16 || item.dtype == .float16 { continue }
            if !EngineConformance.check(item, WrongEngine(fault: .lastElement)).isEmpty { continue }
            if item.kind == nil { chains += 1 } else { undetected.append(item.name) }
        }
        #expect(undetected.isEmpty, "\(undetected.count): \(undetected.prefix(20))")
        // A chain may end in a comparison of nearly equal numbers, about which nothing can be said.
        #expect(chains < 5)
    }

    @Test("an engine that succeeds where the run must fail is found out")
    func noFailure() {
        for item in Self.cases
        where (try? ReferenceEngine().compile(item.program).run(item.inputs, control: nil)) == nil {
            #expect(!EngineConformance.check(item, WrongEngine(fault: .neverFails)).isEmpty)
        }
    }

    @Test("an engine that says −0 for 0, or gives NaN, is found out")
    func zerosAndNaN() throws {
        let named = Dictionary(uniqueKeysWithValues: Self.cases.map { ($0.name, $0) })
        let relu = try #require(named["unary.relu f32 special values"])
        #expect(!EngineConformance.check(relu, WrongEngine(fault: .negativeZeros)).isEmpty)
        let exp = try #require(named["unary.exp f32 [2, 3]"])
        #expect(!EngineConformance.check(exp, WrongEngine(fault: .nan)).isEmpty)
    }
}

/// The reference interpreter with a fault.
private struct WrongEngine: Engine {
    enum Fault { case lastElement, neverFails, negativeZeros, nan }
    let fault: Fault
    var name: String { "wrong" }
    var deviceDescription: String { name }

    func value(of array: NDArray) -> EngineValue { .host(array) }

    func compile(_ program: Program) throws -> any Executable {
        Wrong(fault: fault, program: program, inner: try ReferenceEngine().compile(program))
    }

    private struct Wrong: Executable {
        let fault: Fault
        let program: Program
        let inner: any Executable
        var keptBytes: Int { inner.keptBytes }

        func run(_ arguments: inout RunArguments, control: RunControl?) throws -> RunResults {
            RunResults(try outputs(arguments.read(for: program), control), of: program)
        }

        func profile(
            _ arguments: inout RunArguments, control: RunControl?
        ) throws -> (RunResults, [StepTiming]) {
            try inner.profile(&arguments, control: control)
        }

        func explain() throws -> String { try inner.explain() }

        private func outputs(_ inputs: [NDArray], _ control: RunControl?) throws -> [NDArray] {
            if fault == .neverFails {
                return (try? inner.run(inputs, control: control))
                    ?? program.outputTypes.map { .zeros($0.dtype, $0.shape) }
            }
            var outputs = try inner.run(inputs, control: control)
            let first = outputs[0]
            if var integers = first.integers {
                if let last = integers.last {
                    integers[integers.count - 1] = first.dtype == .bool ? 1 - last : last &+ 1
                }
                outputs[0] = NDArray(integers: integers, dtype: first.dtype, shape: first.shape)
                return outputs
            }
            var numbers = first.doubles
            switch fault {
            case .lastElement, .neverFails:
                if let last = numbers.last {
                    numbers[numbers.count - 1] = last + max(abs(last), 1) * 0.05
                }
            case .negativeZeros: numbers = numbers.map { $0 == 0 ? -0.0 : $0 }
            case .nan: numbers = numbers.map { _ in .nan }
            }
            outputs[0] = .from(numbers, first.dtype, first.shape)
            return outputs
        }
    }
}
