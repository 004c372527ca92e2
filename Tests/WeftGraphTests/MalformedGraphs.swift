// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// A graph that is built wrongly, and the whole text of the error that it must carry.
struct MalformedGraph: Sendable {
    /// The error's text without the place.
    let text: String
    /// File and line of the expression that is wrong.
    let place: String
    let build: @Sendable () -> any TensorConvertible
}

/// A table of malformed graphs. The wrong expression stands on the line below each text.
struct MalformedGraphs {
    private(set) var table: [MalformedGraph] = []

    mutating func add(
        _ text: String, file: String = #fileID, line: Int = #line,
        _ build: @escaping @Sendable () -> any TensorConvertible
    ) {
        let name = file.split(separator: "/").last ?? ""
        table.append(MalformedGraph(text: text, place: "\(name):\(line + 1)", build: build))
    }

    func check() {
        for entry in table {
            // A closure that is nothing but one call leaves no frame of its own in an optimised
            // build; the place is then that of the closure's call, here.
            let (tensor, call) = (entry.build().anyTensor, "MalformedGraphs.swift:\(#line)")
            let text = tensor.error?.description ?? "no error: \(tensor)"
            let texts = [entry.place, call].map { "\(entry.text) Built at \($0)." }
            #expect(texts.contains(text))
            // What is made from it carries the same error on.
            #expect((tensor + 1).error == tensor.error)
            #expect(throws: GraphError.self) { try tensor.validated() }
        }
    }
}
