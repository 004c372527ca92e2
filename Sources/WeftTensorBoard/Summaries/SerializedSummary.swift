// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
package import WeftArrays
import WeftProtos

/// Summaries as the bytes of TensorFlow's message. Of two, those of one behind the other's are both.
package enum SerializedSummary {
    package static func scalar(_ tag: String, _ value: NDArray) throws -> [UInt8] {
        try bytes(SummaryEncoding.scalar(tag, value))
    }

    package static func histogram(_ tag: String, _ values: NDArray) throws -> [UInt8] {
        try bytes(SummaryEncoding.histogram(tag, values))
    }

    package static func images(_ tag: String, _ images: NDArray, most: Int) throws -> [UInt8] {
        try bytes(ImageEncoding.values(tag, images, most: most))
    }

    package static func audio(
        _ tag: String, _ sounds: NDArray, sampleRate: Double, most: Int
    ) throws -> [UInt8] {
        try bytes(AudioEncoding.values(tag, sounds, sampleRate: sampleRate, most: most))
    }

    package static func text(_ tag: String, _ strings: NDArray) throws -> [UInt8] {
        try bytes(SummaryEncoding.text(tag, strings))
    }

    /// The tags of all values, with the numbers of scalars.
    ///
    /// - Throws: `SummaryError` when the bytes are no summary.
    package static func scalars(_ bytes: [UInt8]) throws -> [(tag: String, number: Float?)] {
        try message(bytes).value.map { value in
            if case .simpleValue(let number) = value.value { return (value.tag, number) }
            return (value.tag, nil)
        }
    }

    fileprivate static func message(_ bytes: [UInt8]) throws -> TFSummary {
        do {
            return try TFSummary(serializedBytes: bytes)
        } catch {
            throw SummaryError(.malformed, nil, "the bytes are no summary: \(error)")
        }
    }

    private static func bytes(_ values: [TFSummary.Value]) throws -> [UInt8] {
        var summary = TFSummary()
        summary.value = values
        return try summary.serializedBytes()
    }
}

extension EventWriter {
    /// Adds a summary that is the bytes of TensorFlow's message; an empty one is nothing.
    ///
    /// - Throws: `SummaryError` when it is none; as `addScalar`.
    package func add(serialized summary: [UInt8], step: Int) throws {
        let values = try SerializedSummary.message(summary).value
        if !values.isEmpty { try add(values, step: step) }
    }
}
