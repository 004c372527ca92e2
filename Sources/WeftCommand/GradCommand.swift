// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft
import WeftFormats
import WeftTensorFlow

/// `weft grad`: gradients of graphs that TensorFlow wrote.
struct GradCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grad",
        abstract: "Differentiate a graph that TensorFlow wrote.",
        discussion: """
            Writes for each X the gradient of the sum of all Y, weighted by the files of --grad-y, as \
            grad_X.npy. What no Y depends on gets no file.
            """)

    @OptionGroup var model: ModelOptions
    @Option(help: ArgumentHelp("A tensor that is differentiated.", valueName: "name"))
    var y: [String] = []
    @Option(help: ArgumentHelp("A fed tensor to differentiate with respect to.", valueName: "name"))
    var x: [String] = []
    @Option(
        help: ArgumentHelp(
            "Weights of the elements of a Y, as a .npy file, one for each Y in order; ones by default.",
            valueName: "file"))
    var gradY: [String] = []

    func validate() throws {
        if y.isEmpty || x.isEmpty { throw ValidationError("Give at least one --y and one --x.") }
        if !gradY.isEmpty, gradY.count != y.count {
            throw ValidationError(
                "There are \(gradY.count) --grad-y for \(y.count) --y: give one for each, or none.")
        }
    }

    func run() throws {
        try ArrayFolder.prepare(model.outDir)
        let loaded = try model.source.open()
        let feeds = try model.feeds()
        let program = try loaded.graph.program(
            fetching: y + x, feeding: feeds.mapValues { TensorType($0.dtype, Shape($0.shape)) })
        let ys = Array(program.fetches.prefix(y.count))
        let xs = Array(program.fetches.suffix(x.count))
        let seeds = try gradY.map {
            AnyTensor.constant(try NDArray(npy: $0)) as any TensorConvertible
        }
        let results = try gradients(
            of: ys.map { $0 as any TensorConvertible },
            withRespectTo: xs.map { $0 as any TensorConvertible },
            seeds: seeds.isEmpty ? nil : seeds)
        let found = zip(x, results).compactMap { name, gradient in
            gradient.map { ("grad_\(name)", $0) }
        }
        let values = try program.run(
            found.map(\.1), in: try model.source.session(for: loaded), feeding: feeds)
        try ArrayFolder.write(
            Dictionary(zip(found.map(\.0), values), uniquingKeysWith: { first, _ in first }),
            to: model.outDir)
    }
}
