// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftImages
import WeftTestSupport

/// `weft train` on files of one's own, and what is done with the model then.
@Suite struct TrainOwnTests {
    private static let command = FinishedProcess.product("weft")

    private func weft(_ arguments: [String]) throws -> FinishedProcess {
        try FinishedProcess(try #require(Self.command), arguments, within: 120)
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "weft-own-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// The number behind a word of the output's last line.
    private func last(_ run: FinishedProcess, after word: String) -> Double {
        let line = run.output.split(separator: "\n").last ?? ""
        #expect(line.hasPrefix(word), "\(run)")
        return line.split(separator: " ").last.flatMap { Double($0) } ?? .nan
    }

    /// A table in which the kind follows from the size and the colour, and the price from both.
    private func table(_ count: Int) -> String {
        var lines = ["id,size,colour,\"noise, mostly\",price,kind"]
        for i in 0..<count {
            let size = Double((i * 37) % 100) / 10
            let colour = ["red", "green", "blue"][(i * 7) % 3]
            let isLarge = size + (colour == "red" ? 3 : 0) > 6
            let price = 1000 + 20 * size + (colour == "blue" ? 50 : 0)
            let noise = i % 11 == 0 ? "" : "\((i * 13) % 17)"
            lines.append(
                "\(i),\(size),\(colour),\(noise),\(price),\(isLarge ? "\"large, really\"" : "small")"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test(
        "classes of a table: trained, resumed, evaluated, predicted", .enabled(if: command != nil))
    func classes() throws {
        try inFolder { folder in
            let path = folder.appending(path: "own.csv").path
            try Data(table(400).utf8).write(to: URL(fileURLWithPath: path))
            let (run, out) = (
                folder.appending(path: "run").path, folder.appending(path: "out").path
            )
            let export = folder.appending(path: "model.safetensors").path
            let arguments = [
                "train", "csv", path, "--label", "kind", "--ignore", "id", "--ignore", "price",
                "--epochs", "40", "--checkpoint", run, "--out", out, "--export", export,
            ]
            let trained = try weft(arguments)
            #expect(trained.status == 0, "\(trained)")
            #expect(last(trained, after: "validation accuracy") > 0.95)
            let resumed = try weft(arguments + ["--resume"])
            #expect(
                resumed.output.split(separator: "\n").last
                    == trained.output.split(separator: "\n").last, "\(resumed)")
            let names = try FileManager.default.contentsOfDirectory(atPath: out)
            #expect(names.contains("confusion.svg") && names.contains("history.json"))
            let confusion = try String(
                contentsOf: folder.appending(path: "out/confusion.svg"), encoding: .utf8)
            #expect(confusion.contains("large, really"))
            for model in [run, export] {
                let evaluated = try weft(["evaluate", model, path])
                #expect(
                    evaluated.status == 0 && evaluated.output.hasPrefix("loss "), "\(evaluated)")
                #expect(last(evaluated, after: "accuracy") > 0.95)
            }
            // Other columns in another order, without the label.
            let others = folder.appending(path: "others.csv").path
            try Data("colour,size,\"noise, mostly\"\nred,9.5,3\ngreen,0.5,\nviolet,0.1,4\n".utf8)
                .write(to: URL(fileURLWithPath: others))
            let predicted = try weft(["predict", export, others])
            let lines = predicted.output.split(separator: "\n")
            #expect(predicted.status == 0 && lines.count == 4, "\(predicted)")
            #expect(lines.first == "prediction,probability")
            #expect(
                lines[1].hasPrefix("\"large, really\",") && lines[2].hasPrefix("small,"),
                "\(predicted)")
            let lacking = try weft(["predict", export, out + "/history.csv"])
            #expect(lacking.status != 0 && lacking.errors.contains("'size'"), "\(lacking)")
        }
    }

    @Test("numbers of a table, standardised and back", .enabled(if: command != nil))
    func numbers() throws {
        try inFolder { folder in
            let path = folder.appending(path: "own.csv").path
            try Data(table(300).utf8).write(to: URL(fileURLWithPath: path))
            let run = folder.appending(path: "run").path
            let trained = try weft([
                "train", "csv", path, "--label", "price", "--ignore", "id", "--epochs", "60",
                "--checkpoint", run, "--test", path,
            ])
            #expect(trained.status == 0, "\(trained)")
            // Prices are from 1000 to 1250, and their deviation is about 60.
            #expect(last(trained, after: "test absolute_error") < 20)
            let evaluated = try weft(["evaluate", run, path])
            #expect(last(evaluated, after: "r2") > 0.9)
            let predicted = try weft(["predict", run, path])
            let prices = predicted.output.split(separator: "\n").dropFirst().compactMap {
                Double($0)
            }
            #expect(prices.count == 300 && prices.allSatisfy { $0 > 900 && $0 < 1400 })
        }
    }

    @Test("what is wrong with a table or its options is said", .enabled(if: command != nil))
    func mistakes() throws {
        try inFolder { folder in
            let path = folder.appending(path: "own.csv").path
            try Data(table(30).utf8).write(to: URL(fileURLWithPath: path))
            let torn = folder.appending(path: "torn.csv").path
            try Data("a,b\n1,2\n3\n".utf8).write(to: URL(fileURLWithPath: torn))
            let semicolons = folder.appending(path: "semicolons.csv").path
            try Data("a;b\n1;2\n3;4\n".utf8).write(to: URL(fileURLWithPath: semicolons))
            for (arguments, text) in [
                ([semicolons, "--label", "b"], "--separator ';'"),
                ([path], "--label"), ([path, "--label", "knid"], "no column 'knid'"),
                ([path, "--label", "kind", "--ignore", "colr"], "'colr'"),
                ([path, "--label", "kind", "--task", "regression"], "has texts"),
                ([path, "--label", "kind", "--model", "mpl"], "no model 'mpl'"),
                (
                    [path, "--label", "kind", "--patience", "2", "--validation", "0"],
                    "--validation"
                ),
                ([torn, "--label", "b"], "line 3"), ([path + "x", "--label", "b"], "own.csvx"),
            ] {
                let run = try weft(["train", "csv"] + arguments)
                #expect(run.status != nil && run.status != 0, "\(arguments): \(run)")
                #expect(run.errors.contains(text), "\(arguments): \(run)")
                #expect(run.output.isEmpty, "\(run)")
            }
        }
    }

    @Test("a text is learnt and written on", .enabled(if: command != nil))
    func text() throws {
        try inFolder { folder in
            let path = folder.appending(path: "own.txt").path
            let text = String(repeating: "the cat sat on the mat. ", count: 60) + "\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let run = folder.appending(path: "run").path
            let trained = try weft([
                "train", "text", path, "--context", "8", "--epochs", "3", "--batch-size", "32",
                "--checkpoint", run, "--prompt", "the cat ", "--length", "12", "--temperature", "0",
            ])
            #expect(trained.status == 0, "\(trained)")
            #expect(trained.output.contains("\nthe cat sat on the m\n"), "\(trained)")
            #expect(last(trained, after: "validation perplexity") < 1.3)
            let written = try weft(["predict", run, "--prompt", "on the ", "--length", "4"])
            #expect(written.output == "on the mat.\n", "\(written)")
            let evaluated = try weft(["evaluate", run, path])
            #expect(last(evaluated, after: "perplexity") < 1.3)
        }
    }

    /// Images of 8 by 8, in which a class is a bright row.
    @Test("images in MNIST's files", .enabled(if: command != nil))
    func images() throws {
        try inFolder { folder in
            func write(_ part: String, _ count: Int) throws {
                var pixels: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 8, 0, 0, 0, 8]
                var labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)]
                for i in 0..<count {
                    let label = i % 4
                    labels.append(UInt8(label))
                    for place in 0..<64 {
                        pixels.append(
                            place / 8 == 2 * label ? 220 : UInt8((i * 31 + place * 17) % 60))
                    }
                }
                try Data(pixels).write(to: folder.appending(path: "\(part)-images-idx3-ubyte"))
                try Data(labels).write(to: folder.appending(path: "\(part)-labels-idx1-ubyte"))
            }
            try write("train", 200)
            try write("t10k", 40)
            let run = folder.appending(path: "run").path
            let trained = try weft([
                "train", "mnist", folder.path, "--epochs", "6", "--batch-size", "20", "--model",
                "mlp",
                "--checkpoint", run,
            ])
            #expect(trained.status == 0, "\(trained)")
            #expect(last(trained, after: "test accuracy") == 1)
            let evaluated = try weft(["evaluate", run, folder.path])
            #expect(last(evaluated, after: "accuracy") == 1)
            // Row 4 is bright; four times as large, and dark on light.
            let picture = folder.appending(path: "two.png").path
            let pixels = (0..<1024).map { UInt8($0 / 32 / 4 == 4 ? 35 : 225) }
            try NDArray(pixels, shape: [32, 32, 1]).write(png: picture)
            let predicted = try weft(["predict", run, picture, "--invert"])
            #expect(predicted.output.hasPrefix("prediction,probability\n2,"), "\(predicted)")
        }
    }
}
