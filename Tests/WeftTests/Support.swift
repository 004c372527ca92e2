// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCPU
import WeftGraph
import WeftTestSupport

/// The engines that the tests of graphs and sessions run on.
enum TestedEngine: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case reference, cpu
    /// The native engine behind values that nobody can see into.
    case opaque

    var testDescription: String { rawValue }

    func session(seed: UInt64 = 0, planLimit: Int = 64) -> Session {
        var options = Session.Options(seed: seed, engine: engine)
        options.planLimit = planLimit
        return Session(options)
    }

    /// The engines, which keep denormal numbers as the reference does.
    var engine: Session.Options.Engine {
        switch self {
        case .reference: .reference
        case .cpu: .cpu(flushesDenormals: false, verifiesPrograms: true)
        case .opaque:
            Session.Options.Engine("opaque") { limit in
                OpaqueEngine(CPUEngine(verifiesPrograms: true, memoryLimit: limit))
            }
        }
    }
}

/// The text of the error that `body` throws; "no error" when it throws none.
func errorText(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

/// The same without the place that errors of runs say at their end.
func errorTextWithoutPlace(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return (error as? RunError)?.text ?? "\(error)"
    }
}

/// The code of the error that `body` throws.
func errorCode(_ body: () throws -> Void) -> RunError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? RunError)?.code
    }
}

/// Runs `body` on `count` threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for i in 0..<count {
        group.enter()
        let thread = Thread {
            body(i)
            group.leave()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }
    group.wait()
}

extension NDArray {
    /// The only element as a `Double`.
    var number: Double { doubles.first ?? .nan }
}
