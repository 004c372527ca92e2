// SPDX-License-Identifier: Apache-2.0
//
// Trainings, each a file of its own that says at its head what it reaches. From the repository's root:
//   swift run -c release Examples                    lists them
//   swift run -c release Examples digits             runs one; some take a file or folder after the name
//   swift run -c release Examples --short            runs all for a few seconds each, as CI does
import Foundation

/// A program of this folder.
protocol Program {
    /// Trains, and throws a `Missed` where the result is worse than it should be.
    static func run(_ options: Options) async throws
}

/// How a program runs.
struct Options: Sendable {
    /// Whether it is only to be seen that it works.
    let isShort: Bool
    /// The file or folder that stands behind the program's name.
    var path: String?
}

/// A result that is worse than it should be.
struct Missed: Error, CustomStringConvertible {
    let description: String
}

/// Prints a result, which must not be worse than a bound.
func report(_ name: String, _ value: Double, atLeast bound: Double) throws {
    print("\(name): \((value * 10_000).rounded() / 10_000)")
    guard value >= bound else { throw Missed(description: "\(name) should be \(bound) at least") }
}

/// Prints a result, which must not be worse than a bound.
func report(_ name: String, _ value: Double, atMost bound: Double) throws {
    print("\(name): \((value * 10_000).rounded() / 10_000)")
    guard value <= bound else { throw Missed(description: "\(name) should be \(bound) at most") }
}

@main
struct Examples {
    static let programs: [(name: String, what: String, type: any (Program & Sendable).Type)] = [
        ("digits", "a convolutional network with batch normalisation", DigitsConvNet.self),
        ("mnist", "MNIST from IDX files or a table [FOLDER or FILE]", Mnist.self),
        ("table", "classes from a CSV file", Table.self),
        ("series", "the next hour of a time series with an LSTM", TimeSeries.self),
        ("text", "a transformer that writes on, character by character [FILE]", Characters.self),
        ("autoencoder", "digits through eight numbers and back", Autoencoder.self),
        ("gan", "a generator and a discriminator with two optimizers", AdversarialNetworks.self),
        ("dqn", "a pole balanced by deep Q-learning", DeepQLearning.self),
        ("serving", "one session that trains and answers at once", ServingWhileTraining.self),
    ]

    static func main() async {
        var words = Array(CommandLine.arguments.dropFirst())
        let isShort = words.contains("--short")
        words.removeAll { $0 == "--short" }
        let chosen = programs.filter { isShort && words.isEmpty || $0.name == words.first }
        if chosen.isEmpty {
            print("usage: Examples [--short] [NAME [PATH]]")
            for program in programs {
                print(
                    "  \(program.name.padding(toLength: 13, withPad: " ", startingAt: 0))\(program.what)"
                )
            }
            exit(words.isEmpty ? 0 : 2)
        }
        var isGood = true
        for program in chosen {
            print("--- \(program.name): \(program.what)")
            let options = Options(isShort: isShort, path: words.dropFirst().first)
            let duration = await ContinuousClock().measure {
                do {
                    try await program.type.run(options)
                } catch {
                    print("\(program.name) failed: \(error)")
                    isGood = false
                }
            }
            print(
                "took \(duration.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1))))\n"
            )
        }
        exit(isGood ? 0 : 1)
    }
}
