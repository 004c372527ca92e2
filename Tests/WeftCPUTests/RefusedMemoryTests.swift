// SPDX-License-Identifier: Apache-2.0
#if os(Linux)
import Testing
import WeftTestSupport

/// oneDNN, LAPACK and FFTW without memory: errors, never the end of the process.
@Suite struct RefusedMemoryTests {
    @Test("operations are made and run where there is next to no memory")
    func libraries() throws {
        let program = try #require(FinishedProcess.product("RefusedMemory"))
        let run = try FinishedProcess(program, within: 300)
        #expect(run.status == 0, "\(run)")
    }
}
#endif
