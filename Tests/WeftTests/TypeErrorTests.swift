// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What was silently wrong in Python must not compile: `if [False]` was true there, and `if tensor`
/// an error at best.
@Suite("What does not compile") struct TypeErrorTests {
    /// A line that the compiler must refuse, and what it must say of it.
    private struct Refused {
        let line: String
        let words: String
    }

    private let refused = [
        Refused(line: "if [false] {}", words: "'[Bool]' to expected condition type 'Bool'"),
        Refused(line: "if nil {}", words: "'nil'"),
        Refused(line: "if 1 {}", words: "cannot be used as a boolean"),
        Refused(line: "if tensor {}", words: "'Tensor<Float>' to expected condition type 'Bool'"),
        Refused(line: "if flag {}", words: "'Tensor<Bool>' to expected condition type 'Bool'"),
        Refused(line: "if untyped {}", words: "'AnyTensor' to expected condition type 'Bool'"),
        Refused(
            line: "if variable {}", words: "'Variable<Float>' to expected condition type 'Bool'"),
        Refused(
            line: "if [tensor] {}", words: "'[Tensor<Float>]' to expected condition type 'Bool'"),
        Refused(
            line: "while tensor {}", words: "'Tensor<Float>' to expected condition type 'Bool'"),
        Refused(line: "while flag {}", words: "'Tensor<Bool>' to expected condition type 'Bool'"),
        Refused(
            line: "guard flag else { return }", words: "'Tensor<Bool>' to expected condition type"),
        Refused(line: "_ = !tensor", words: "'Tensor<Float>' to expected argument type 'Bool'"),
        Refused(line: "_ = !flag", words: "'Tensor<Bool>' to expected argument type 'Bool'"),
        Refused(line: "_ = tensor && true", words: "'Bool'"),
        Refused(line: "_ = true || flag", words: "'Bool'"),
        Refused(line: "if tensor .> 1 {}", words: "'Tensor<Bool>'"),
        Refused(line: "if untyped == nil || flag {}", words: "'Bool'"),
        Refused(
            line: "_ = flag ? 1 : 2", words: "'Tensor<Bool>' to expected condition type 'Bool'"),
        Refused(line: "if tensor < 1 {}", words: "'Tensor<Float>'"),
        Refused(line: "for v in tensor { _ = v }", words: "'Sequence'"),
        Refused(line: "_ = Bool(flag)", words: "no exact matches in call to initializer"),
        Refused(line: "_ = Int(tensor)", words: "no exact matches in call to initializer"),
        Refused(
            line: "_ = cond([false], then: { tensor }, else: { tensor })", words: "'LogicalTensor'"),
        Refused(
            line: "_ = cond(tensor, then: { tensor }, else: { tensor })",
            words: "types 'Float' and 'Bool' be equivalent"),
        Refused(line: "_ = tensor + other", words: "'Tensor<Double>'"),
        Refused(line: "_ = norm(tensor)", words: "mode"),
    ]

    private let allowed = [
        "_ = cond(flag, then: { tensor }, else: { tensor * 2 })",
        "_ = cond(tensor.sum() .> 0, then: { tensor }, else: { tensor * 2 })",
        "_ = select(flag, tensor, tensor * 2)",
        "_ = whileLoop(tensor, condition: { $0.sum() .< 10 }, body: { $0 * 2 })",
        "_ = flag .& (tensor .> 1)",
        "if tensor.rank == 1 {}",
        "if tensor.error != nil {}",
        "for v in tensor.unstacked() { _ = v }",
        "_ = norm(tensor, mode: .training)",
    ]

    @Test("the compiler refuses tensors and lists as conditions")
    func refusals() throws {
        let errors = try errors(of: refused.map(\.line))
        for (index, snippet) in refused.enumerated() {
            let found = errors[index] ?? []
            #expect(!found.isEmpty, "this compiled: \(snippet.line)")
            #expect(
                found.isEmpty || found.contains { $0.contains(snippet.words) },
                "\(snippet.line): \(found)")
        }
    }

    @Test("what the refused lines meant does compile")
    func control() throws {
        let errors = try errors(of: allowed)
        #expect(errors.isEmpty, "\(errors)")
    }

    /// The compiler's errors for each line, by its number. Each stands in a function of its own, so
    /// that one compiler judges all of them.
    private func errors(of snippets: [String]) throws -> [Int: [String]] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("weft-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let parameters =
            "_ tensor: Tensor<Float>, _ flag: Tensor<Bool>, _ untyped: AnyTensor, "
            + "_ variable: Variable<Float>, _ other: Tensor<Double>, _ norm: BatchNorm<Float>"
        let lines = snippets.enumerated().map { "func f\($0)(\(parameters)) {\n\($1)\n}\n" }
        let file = folder.appendingPathComponent("Snippets.swift")
        try ("import Weft\n" + lines.joined()).write(to: file, atomically: true, encoding: .utf8)

        let output = try compile(file)
        var result: [Int: [String]] = [:]
        for line in output.split(separator: "\n") {
            // /path/Snippets.swift:6:4: error: what is wrong
            let parts = line.split(separator: ":", maxSplits: 4).map(String.init)
            guard parts.count == 5, parts[3].trimmingCharacters(in: .whitespaces) == "error" else {
                continue
            }
            let number = try #require(Int(parts[1]))
            #expect(parts[0].hasSuffix("Snippets.swift"), "the compiler failed elsewhere: \(line)")
            result[(number - 2) / 3, default: []].append(parts[4])
        }
        // A compiler that could not start, or found no module, has refused nothing.
        #expect(!output.contains("no such module") && !output.contains("<unknown>"), "\(output)")
        return result
    }

    /// What the compiler of this build says of a file, with the modules of this build.
    private func compile(_ file: URL) throws -> String {
        let executable = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
        let modules = try #require(
            sequence(first: executable.deletingLastPathComponent()) {
                $0.pathComponents.count > 1 ? $0.deletingLastPathComponent() : nil
            }.map { $0.appendingPathComponent("Modules") }.first {
                FileManager.default.fileExists(
                    atPath: $0.appendingPathComponent("Weft.swiftmodule").path)
            }, "no folder of modules near \(executable.path)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let products = modules.deletingLastPathComponent()
        let ownMaps = [
            "CFFTW", "CLapack", "COneDNN", "CWeftChecksums", "CWeftKernels", "CWeftDigits",
            "CWeftRuntime",
        ].map {
            "\(products.path)/\($0).build/module.modulemap"
        }
        // Those of a package and of a library of the system stand in their sources.
        let numerics = products.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("checkouts/swift-numerics/Sources/_NumericsShims/include")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let otherMaps = [numerics, root.appendingPathComponent("Sources/CZlib")].map {
            "\($0.path)/module.modulemap"
        }
        let moduleMaps = (ownMaps + otherMaps).flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
        process.arguments =
            ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules.path] + moduleMaps
            + [file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
