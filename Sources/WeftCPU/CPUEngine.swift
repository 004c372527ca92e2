// SPDX-License-Identifier: Apache-2.0
import WeftGraph
package struct CPUEngine: Engine {
    package init(threads: Int? = nil) {}
    package var name: String { "cpu" }
    package var deviceDescription: String { "cpu" }
    package func compile(_ program: Program) throws -> any Executable { throw RunError(.unsupported, "") }
}
