// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft

/// `weft train mnist`: a network on images in the files of MNIST.
struct TrainMnistCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist",
        abstract: "Train a network on images in the files of MNIST.",
        discussion: """
            PATH is a folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, and t10k-… for the test, also as \
            .gz; or with mnist_train.csv and mnist_test.csv; or one table, of a label and the pixels in each line. \
            Others in these files are read as well: Fashion-MNIST, KMNIST. Models: cnn (with batch normalisation), mlp, \
            linear.
            """)

    @Argument(help: "Where the images are.")
    var path: String
    @OptionGroup var options: TrainingOptions

    func run() throws {
        let task = try TrainingTask.mnist(
            path, model: options.model ?? "cnn", validation: options.validation ?? 0.1,
            seed: options.seed)
        try TrainingJob(task, options).run()
    }
}

/// `weft train csv`: a model of a table of one's own.
struct TrainCSVCommand: ParsableCommand {
    /// What the label is.
    enum Kind: String, ExpressibleByArgument, CaseIterable { case classification, regression }

    static let configuration = CommandConfiguration(
        commandName: "csv",
        abstract: "Train a model of your own table.",
        discussion: """
            All columns but the label are what it is predicted from: numbers are standardised, texts are categories. \
            Values that are missing count as the mean, or as no category. A label of texts, or of a few different whole \
            numbers, is one of classes; others are numbers to predict.

            The last line says how good the model is: on the file of --test, else on the part for validation (a fifth, \
            drawn by --seed). Models: mlp (two layers of 64 units), linear.

            weft train csv wine.csv --label quality --checkpoint run --out results
            """)

    @Argument(help: "The table, with the columns' names in its first line.")
    var path: String
    @Option(help: "The column to predict.")
    var label: String?
    @Option(help: "What the label is, where it does not look like it.")
    var task: Kind?
    @Option(help: "A column to leave out; may be given often.")
    var ignore: [String] = []
    @Option(help: "A column of numbers that are categories; may be given often.")
    var categorical: [String] = []
    @Option(help: "What stands between fields: a character, or tab.")
    var separator = ","
    @Flag(help: "The first line is a record; columns are called 0, 1 and so on.")
    var noHeader = false
    @Option(help: ArgumentHelp("A table to test with, of the same columns.", valueName: "file"))
    var test: String?
    @OptionGroup var options: TrainingOptions

    func run() throws {
        guard let label else {
            throw ValidationError("Say which column is to be predicted: --label NAME.")
        }
        let choices = TableChoices(
            label: label, isClassification: task.map { $0 == .classification },
            ignored: Set(ignore), categorical: Set(categorical))
        let table = try TrainingTask.table(
            path, choices, separator: separator, hasHeader: !noHeader, test: test,
            model: options.model ?? "mlp", validation: options.validation ?? 0.2,
            seed: options.seed)
        try TrainingJob(table, options).run()
    }
}

/// `weft train text`: a model that writes on.
struct TrainTextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text",
        abstract: "Train a model that predicts the next character of a text.",
        discussion: """
            The last tenth of the text is for validation. At the end the model writes on from the text's beginning, or \
            from --prompt. Models: mlp (an embedding of the characters before, and a layer of 256 units), linear.
            """)

    @Argument(help: "The text, in UTF-8.")
    var path: String
    @Option(help: "How many characters before are looked at.")
    var context = 16
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var options: TrainingOptions

    func validate() throws {
        if context < 1 || context > 1024 {
            throw ValidationError("--context must be from 1 to 1024, not \(context).")
        }
    }

    func run() throws {
        let task = try TrainingTask.text(
            path, context: context, model: options.model ?? "mlp",
            validation: options.validation ?? 0.1)
        let job = try TrainingJob(task, options)
        try job.run {
            let sampler = TextSampler($0)
            try Output.line(try sampling.text(by: sampler, seed: options.seed) + "\n")
        }
    }
}

/// What a model of text writes.
struct SamplingOptions: ParsableArguments {
    @Option(help: "The text to write on from.")
    var prompt = ""
    @Option(help: "How many characters are written.")
    var length = 200
    @Option(help: "0 for the likeliest character always, 1 for the model's own probabilities.")
    var temperature = 0.7

    func validate() throws {
        if length < 0 || length > 10_000_000 {
            throw ValidationError("--length must be from 0 to 10000000, not \(length).")
        }
        if !(temperature >= 0) {
            throw ValidationError("--temperature must be 0 or more, not \(temperature).")
        }
    }

    func text(by sampler: TextSampler, seed: UInt64) throws -> String {
        prompt
            + (try sampler.text(
                after: prompt, count: length, temperature: temperature, seed: seed))
    }
}
