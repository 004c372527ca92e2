// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct EngineConformanceTests {
    @Test("every primitive has a case for every element type it takes")
    func completeness() {
        let cases = EngineConformance.cases()
        #expect(EngineConformance.missing(cases) == [])
        let names = Dictionary(grouping: cases, by: \.name)
        #expect(names.filter { $1.count > 1 }.keys.sorted().prefix(20) == [])
        let counts = EngineConformance.counts(cases)
        print("\(cases.count) conformance cases, \(counts.count) kinds of primitives")
    }

    @Test("the reference interpreter agrees with itself on every case")
    func reference() {
        var failing = 0
        for item in EngineConformance.cases() {
            let mismatches = EngineConformance.check(item, ReferenceEngine())
            #expect(mismatches.isEmpty, "\(mismatches)")
            do {
                _ = try ReferenceEngine().compile(item.program).run(item.inputs, control: nil)
            } catch {
                // Anything else would be a program of the wrong types.
                #expect((error as? RunError)?.code == .kernelFailure, "\(item.name): \(error)")
                failing += 1
            }
        }
        print("\(failing) of them are runs that fail")
        #expect(failing > 100)
    }
}
