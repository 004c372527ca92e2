// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftFormats
import WeftTensorFlow

/// `weft run`: graphs that TensorFlow wrote.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a graph that TensorFlow wrote.",
        discussion: """
            MODEL is a GraphDef (.pb, or as text .pbtxt), the .meta file of a checkpoint, or the folder of a \
            saved model. Tensors are named as in \
            the graph, `node` or `node:1`; with --signature, feeds and fetches are named as the signature does. \
            Results are written as FETCH.npy, characters that file names should not have as `_`.

            A script is a JSON list of {"targets": [...], "feeds": {name: file}, "fetches": [...]}; its \
            steps are run in one session, one after another, and the results of step i go to OUT-DIR/i.
            """)

    @OptionGroup var model: ModelOptions
    @Option(
        help: ArgumentHelp(
            "An operation to run first; several run one after another.", valueName: "operation"))
    var target: [String] = []
    @Option(help: ArgumentHelp("A tensor whose value is wanted.", valueName: "name"))
    var fetch: [String] = []
    @Option(
        help: ArgumentHelp(
            "What a saved model is run for; all that it gives is fetched where nothing is named.",
            valueName: "key"))
    var signature: String?
    @Option(help: ArgumentHelp("A JSON file of steps to run in one session.", valueName: "file"))
    var script: String?
    @Option(
        name: .customLong("repeat"),
        help: "How often the fetches are run; the last results are written.")
    var repetitions = 1

    func validate() throws {
        if repetitions < 1 {
            throw ValidationError("--repeat must be at least 1, not \(repetitions).")
        }
        if script != nil, signature != nil {
            throw ValidationError(
                "--script names tensors as the graph does: leave out --signature.")
        }
        if script != nil, !(target.isEmpty && fetch.isEmpty && model.feed.isEmpty) {
            throw ValidationError(
                "--script says what is fed, run and fetched: leave out --feed, --target and --fetch."
            )
        }
        if script == nil, signature == nil, target.isEmpty, fetch.isEmpty {
            throw ValidationError(
                "Nothing is asked for: give --fetch, --target, --signature or --script.")
        }
    }

    func run() throws {
        try ArrayFolder.prepare(model.outDir)
        let loaded = try model.source.open()
        if signature != nil, loaded.savedModel == nil {
            throw ValidationError(
                "--signature is for folders of saved models; '\(model.source.path)' is none.")
        }
        let session = try model.source.session(for: loaded)
        let graph = loaded.graph
        if let script {
            for (index, step) in try Script(contentsOf: script).steps.enumerated() {
                let results = try step.run(graph, session)
                let folder = "\(model.outDir)/\(index)"
                try ArrayFolder.prepare(folder)
                try ArrayFolder.write(results, to: folder)
            }
            return
        }
        for operation in target {
            _ = try Step(targets: [operation], feeds: [:], fetches: []).run(graph, session)
        }
        let step = Step(targets: [], feeds: try model.feeds(), fetches: fetch)
        var results: [String: NDArray] = [:]
        for _ in 0..<repetitions {
            if let signature, let saved = loaded.savedModel {
                results = try saved.run(
                    signature, feeding: step.feeds, fetching: fetch.isEmpty ? nil : fetch,
                    in: session)
            } else {
                results = try step.run(graph, session)
            }
        }
        try ArrayFolder.write(results, to: model.outDir)
    }
}

/// A model and what it is fed.
struct ModelOptions: ParsableArguments {
    @OptionGroup var source: ModelSource
    @Option(help: ArgumentHelp("What is fed for a tensor, as a .npy file.", valueName: "name=file"))
    var feed: [String] = []
    @Option(help: "The folder for the results, as .npy files; it is made where there is none.")
    var outDir: String

    /// What is fed, by name.
    func feeds() throws -> [String: NDArray] {
        var feeds: [String: NDArray] = [:]
        for text in feed {
            guard let equals = text.firstIndex(of: "=") else {
                throw ValidationError("--feed is NAME=FILE.npy, not '\(text)'.")
            }
            let name = String(text[..<equals])
            guard feeds[name] == nil else { throw ValidationError("'\(name)' is fed twice.") }
            feeds[name] = try NDArray(npy: String(text[text.index(after: equals)...]))
        }
        return feeds
    }
}

/// One run of a graph.
struct Step {
    let targets: [String]
    let feeds: [String: NDArray]
    let fetches: [String]

    /// The fetched values, by name.
    func run(_ graph: TensorFlowGraph, _ session: Session) throws -> [String: NDArray] {
        let program = try graph.program(
            fetching: fetches, running: targets,
            feeding: feeds.mapValues { TensorType($0.dtype, Shape($0.shape)) })
        let values = try program.run(in: session, feeding: feeds)
        return Dictionary(zip(fetches, values), uniquingKeysWith: { first, _ in first })
    }
}

/// The steps of a script.
private struct Script {
    let steps: [Step]

    private struct Entry: Decodable {
        var targets: [String]?
        var feeds: [String: String]?
        var fetches: [String]?
    }

    init(contentsOf path: String) throws {
        let entries: [Entry]
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            entries = try JSONDecoder().decode([Entry].self, from: data)
        } catch {
            throw CleanFailure(
                "the script '\(path)' cannot be read as a list of {targets, feeds, fetches}: \(error)"
            )
        }
        steps = try entries.map { entry in
            Step(
                targets: entry.targets ?? [],
                feeds: try (entry.feeds ?? [:]).mapValues { try NDArray(npy: $0) },
                fetches: entry.fetches ?? [])
        }
    }
}
