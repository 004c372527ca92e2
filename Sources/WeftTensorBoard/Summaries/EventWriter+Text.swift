// SPDX-License-Identifier: Apache-2.0
public import Foundation
import WeftArrays
import WeftProtos
import WeftTensorFlow

extension EventWriter {
    /// Adds text of a step, in Markdown.
    ///
    /// - Throws: as `addScalar`.
    public func addText(_ tag: String, _ text: String, step: Int, time: Date? = nil) throws {
        try add([PluginValue.text(tag, [Array(text.utf8)], shape: [])], step: step, time: time)
    }

    /// Adds a table of a step.
    ///
    /// - Parameters:
    ///   - header: What the columns are called.
    ///   - rows: The cells of each row, as many as there are columns.
    /// - Throws: `SummaryError` when a row is longer or shorter; as `addScalar`.
    public func addTable(
        _ tag: String, header: [String], rows: [[String]], step: Int, time: Date? = nil
    ) throws {
        for (index, row) in rows.enumerated() where row.count != header.count {
            throw SummaryError(
                .shape, tag,
                "row \(index) of the table has \(row.count) cells, and its header \(header.count)")
        }
        func line(_ cells: [String]) -> String {
            "| " + cells.map(Self.cell).joined(separator: " | ") + " |"
        }
        let rule = "|" + String(repeating: " --- |", count: header.count)
        let text = ([line(header), rule] + rows.map(line)).joined(separator: "\n")
        try addText(tag, text, step: step, time: time)
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}

/// Values that belong to a plugin, which says what is in them.
enum PluginValue {
    static func text(_ tag: String, _ strings: [[UInt8]], shape: [Int]) -> TFSummary.Value {
        var value = value(tag, plugin: "text", dataClass: 2)
        value.tensor = tensor(strings, shape: shape)
        return value
    }

    /// A value without its tensor.
    static func value(
        _ tag: String, plugin: String, content: [UInt8] = [], dataClass: Int32
    ) -> TFSummary.Value {
        var value = TFSummary.Value()
        value.tag = tag
        value.metadata.pluginData.pluginName = plugin
        value.metadata.pluginData.content = Data(content)
        value.metadata.dataClass = dataClass
        return value
    }

    static func tensor(_ strings: [[UInt8]], shape: [Int]) -> TFTensorProto {
        var tensor = TFTensorProto()
        tensor.dtype = .dtString
        tensor.tensorShape = TFTensorShapeProto(Shape(shape.map { Optional($0) }))
        tensor.stringVal = strings.map { Data($0) }
        return tensor
    }

    static func tensor(_ numbers: [Float], shape: [Int]) -> TFTensorProto {
        var tensor = TFTensorProto()
        tensor.dtype = .dtFloat
        tensor.tensorShape = TFTensorShapeProto(Shape(shape.map { Optional($0) }))
        tensor.floatVal = numbers
        return tensor
    }
}
