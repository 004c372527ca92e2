// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// The engine against the reference interpreter, with each instruction set. Serialised, because the
/// instruction set is one for the process.
@Suite(.serialized) struct ConformanceTests {
    private static let cases = EngineConformance.cases()

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func agreesWithTheReference(_ set: CPUEngine.InstructionSet) {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        let engine = CPUEngine()
        for item in Self.cases {
            let mismatches = EngineConformance.check(item, engine)
            #expect(mismatches.isEmpty, "\(set): \(mismatches)")
        }
    }

    @Test("values that only the engine can see into, kept and donated from run to run")
    func keepsValuesOfItsOwn() {
        let engine = OpaqueEngine(CPUEngine())
        for item in Self.cases {
            let mismatches = EngineConformance.check(item, engine, isState: true)
            #expect(mismatches.isEmpty, "\(mismatches)")
        }
        let counts = engine.counts
        #expect(counts.takenOver > Self.cases.count / 2 && counts.shared == 0)
        #expect(counts.reads >= counts.takenOver && counts.living == 0)
    }

    /// A session flushes denormal numbers unless told otherwise; the reference keeps them. Cases without
    /// any give the same bits either way; what differs is named by the test.
    @Test("flushing denormal numbers changes only cases that have some")
    func flushesNothingElse() {
        let (keeping, flushing) = (CPUEngine(), CPUEngine(flushesDenormals: true))
        var differing: [String] = []
        for item in Self.cases {
            guard
                let kept = try? keeping.compile(item.program).run(item.inputs, control: nil),
                let flushed = try? flushing.compile(item.program).run(item.inputs, control: nil),
                !zip(kept, flushed).allSatisfy({ Self.bytes($0) == Self.bytes($1) })
            else { continue }
            differing.append(item.name)
            let hasSome = (item.inputs + kept).contains(where: Self.hasDenormal)
            #expect(hasSome, "\(item.name) differs, and nothing in it is denormal")
        }
        print("\(differing.count) of \(Self.cases.count) cases differ: \(differing)")
        #expect(!differing.isEmpty)
    }

    private static func bytes(_ array: NDArray) -> [UInt8] { array.withUnsafeBytes { Array($0) } }

    private static func hasDenormal(_ array: NDArray) -> Bool {
        let smallest: Double =
            switch array.dtype {
            case .float16: 0x1p-14
            case .bfloat16, .float32: 0x1p-126
            default: Double.leastNormalMagnitude
            }
        return array.dtype.isFloatingPoint
            && array.doubles.contains { $0 != 0 && $0.magnitude < smallest }
    }
}
