// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import WeftTestSupport

/// `weft train --config`: what is wrong in a file of options is said with its line.
@Suite struct TrainConfigTests {
    private static let command = FinishedProcess.product("weft")

    private func train(_ config: String, _ arguments: String...) throws -> FinishedProcess {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "weft-config-\(UUID().uuidString).yaml")
        try Data(config.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try FinishedProcess(
            try #require(Self.command), ["train", "digits", "--config", file.path] + arguments)
    }

    @Test(
        "its options count, and those of the command line count more", .enabled(if: command != nil))
    func options() throws {
        let run = try train(
            """
            # One step of an epoch.
            batch-size: 1437
            epochs: 50
            model: linear
            optimizer: sgd
            learning-rate: 0.1
            """, "--epochs", "1")
        #expect(run.status == 0, "\(run)")
        #expect(run.output.contains("epoch 1/1"), "\(run)")
        let empty = try train("# nothing\n", "--epochs", "1", "--batch-size", "1437")
        #expect(empty.status == 0, "\(empty)")
    }

    @Test(
        "mistakes are said with the file's name and the line", .enabled(if: command != nil),
        arguments: [
            (
                "epochs: 1\nbatchsize: 3\n",
                ".yaml:2: 'batchsize' is no option of `weft train digits` (near: 'batch-size')"
            ),
            ("seed: 1\n\nepochs: many\n", ".yaml:3: The value 'many' is invalid for '--epochs"),
            ("epochs: 0\n", ".yaml:1: --epochs must be from 1 to 1000000, not 0."),
            ("resume: maybe\n", ".yaml:1: 'resume' is true or false"),
            ("epochs:\n  - 1\n", ": 'epochs' has one value"),
            ("epochs: 1\nepochs: 2\n", "given twice: 'epochs'"),
            ("epochs: [1\n", "this is no YAML: "),
            ("- 1\n", ".yaml:1: there must be lines of `option: value`"),
            ("optimizer: adm\n", ".yaml:1: The value 'adm' is invalid for '--optimizer"),
        ])
    func mistakes(_ config: String, _ text: String) throws {
        let run = try train(config)
        #expect(run.status != nil && run.status != 0, "\(run)")
        #expect(run.errors.contains(text), "\(run)")
        #expect(run.output.isEmpty, "\(run)")
    }

    @Test("a file that is not there", .enabled(if: command != nil))
    func missing() throws {
        let run = try FinishedProcess(
            try #require(Self.command), ["train", "digits", "--config=/nowhere/at-all.yaml"])
        #expect(run.status != 0 && run.errors.contains("/nowhere/at-all.yaml"), "\(run)")
    }
}
