// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft

/// `weft devices`: what graphs can run on here.
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List what graphs can run on here.")

    func run() throws {
        print("cpu  \(Session().deviceDescription)")
    }
}
