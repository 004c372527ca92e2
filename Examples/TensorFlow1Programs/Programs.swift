// SPDX-License-Identifier: Apache-2.0
//
// Programs that others published for TensorFlow 1, ported line by line: each file is one program and reads like it.
// Plots are left out, and what the programs read from the net is drawn here, or is the digits that Weft ships.
//   swift run -c release TensorFlow1Programs                 runs all of them
//   swift run -c release TensorFlow1Programs 301 406         runs those whose names have these words
//   swift run -c release TensorFlow1Programs --short         runs all with fewer steps, for tests
// Each checks what it must reach, and the program ends with an error where one does not.
import Foundation
import TensorFlow1

/// A ported program: what it is called, and where its original is.
struct Program: Sendable {
    let name: String
    let original: String
    /// Runs it. What it finds wrong it throws.
    let run: @Sendable (_ isShort: Bool) throws -> Void
}

/// What a program did not reach.
struct Missed: Error, CustomStringConvertible {
    let description: String
}

/// - Throws: `Missed` unless a program has reached what it must.
func reach(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw Missed(description: what()) }
}

@main
struct TensorFlow1Programs {
    static let all: [Program] = [
        linearRegression, simpleRegression, simpleClassification, saveReload, optimizers,
        tensorBoard, datasets, recurrentRegression, generativeAdversarial, batchNormalization,
        gradientDescent, convolutionalNetwork, variationalAutoencoder, dynamicSequences,
        variableSharing, queueExample, cliffWalk, bertOptimization, characterNetwork,
        contextualPolicy,
    ]

    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        let isShort = words.contains("--short")
        let wanted = words.filter { $0 != "--short" }
        var failures: [String] = []
        // What programs write lands in a folder of its own.
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        _ = files.changeCurrentDirectoryPath(folder.path)
        for program in all
        where wanted.isEmpty || wanted.contains(where: { program.name.contains($0) }) {
            print("# \(program.name) (\(program.original))")
            np.random.seed(1)
            let start = Date()
            do {
                try tf.Graph().as_default { try program.run(isShort) }
            } catch {
                failures.append("\(program.name): \(error)")
                print("FAILED: \(error)")
            }
            print(String(format: "  %.2f s", Date().timeIntervalSince(start)))
        }
        if !failures.isEmpty {
            print("FAILED: \(failures.joined(separator: "\n"))")
            exit(1)
        }
    }
}
