// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftTestSupport

/// The limit on instructions, which is one for a process.
@Suite struct InstructionSetTests {
    @Test(
        "workloads are right with each instruction set", .enabled(if: command != nil),
        arguments: InstructionSet.allCases)
    func workloads(_ set: InstructionSet) throws {
        let run = try FinishedProcess(
            try #require(Self.command),
            ["bench", "--quick", "--workload", "W3", "--workload", "W6"]
                + ["--instruction-set", set.rawValue])
        #expect(run.status == 0, "\(run)")
        #expect(run.output.split(separator: "\n").count == 2, "\(run)")
    }

    private static let command = FinishedProcess.product("weft")

    @Test("it comes too late when oneDNN is in use, and one that is no limit never does")
    func tooLate() throws {
        let x = Tensor<Float>.placeholder(shape: [64, 64])
        let product = try Session().run(
            matmul(x, x), feeding: [x: try NDArray(repeating: Float(1), shape: [64, 64])])
        #expect(product.doubles[0] == 64)
        let before = InstructionSet.inUse
        try InstructionSet.limit(to: .avx512)
        if before > .baseline {
            #expect(errorCode { try InstructionSet.limit(to: .baseline) } == .unsupported)
        }
        #expect(InstructionSet.inUse == before)
    }
}
