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
}
