// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// A graph that is built wrongly, and the whole text of the error that it must carry.
struct MalformedGraph {
    let tensor: AnyTensor
    /// The error's text without the place.
    let text: String
    /// File and line of the expression that is wrong.
    let place: String
}

/// A table of malformed graphs.
struct MalformedGraphs {
    private(set) var table: [MalformedGraph] = []

    /// A row. The expression stands on the line below that of the call.
    ///
    /// The graphs are built where the table is made: closures that differ in their captures only
    /// are merged by the optimizer into one, which then has no line.
    mutating func add(
        _ tensor: any TensorConvertible, says text: String, file: String = #fileID,
        line: Int = #line
    ) {
        let name = file.split(separator: "/").last ?? ""
        table.append(
            MalformedGraph(tensor: tensor.anyTensor, text: text, place: "\(name):\(line + 1)"))
    }

    func check() {
        for entry in table {
            let tensor = entry.tensor
            let text = tensor.error?.description ?? "no error: \(tensor)"
            #expect(text == "\(entry.text). Built at \(entry.place).")
            // What is made from it carries the same error on.
            #expect((tensor + 1).error == tensor.error)
            #expect(throws: GraphError.self) { try tensor.validated() }
        }
    }
}
