// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftTensorBoard

/// Summaries under the names that they had before TensorFlow 1.0, and reading of event files.
extension tf {
    /// A number.
    @discardableResult
    public static func scalar_summary(_ tags: String, _ values: some TensorOperand) -> Tensor {
        summary.scalar(tags, values)
    }

    /// How the elements of a tensor are spread.
    @discardableResult
    public static func histogram_summary(_ tag: String, _ values: some TensorOperand) -> Tensor {
        summary.histogram(tag, values)
    }

    /// The first pictures of a batch.
    @discardableResult
    public static func image_summary(
        _ tag: String, _ tensor: some TensorOperand, max_images: Int = 3
    ) -> Tensor {
        summary.image(tag, tensor, max_outputs: max_images)
    }

    /// Several summaries as one.
    public static func merge_summary(_ inputs: [Tensor]) -> Tensor { summary.merge(inputs) }

    /// All summaries of the graph as one.
    public static func merge_all_summaries() -> Tensor { summary.merge_all() }
}

extension tf.train {
    /// Writes summaries and graphs into a file of a folder.
    public typealias SummaryWriter = tf.summary.FileWriter

    /// An event of a file.
    public struct Event: Sendable {
        /// When it was, in seconds since 1970.
        public let wall_time: Double
        /// Where in the training it belongs.
        public let step: Int
        /// Its numbers.
        public let summary: tf.Summary
    }

    /// The events of a file, with the numbers that they have; `EventReader` reads the rest, too.
    ///
    /// - Throws: `FileError` when the file cannot be read, or is damaged.
    public static func summary_iterator(_ path: String) throws -> [Event] {
        let reader = try EventReader(path)
        var events: [Event] = []
        while let event = try reader.next() {
            var summary = tf.Summary()
            if case .summaries(let values) = event.content {
                for value in values {
                    if case .scalar(let number) = value.content {
                        summary.value.append(.init(tag: value.tag, simple_value: number))
                    }
                }
            }
            events.append(
                Event(
                    wall_time: event.time.timeIntervalSince1970, step: event.step, summary: summary)
            )
        }
        return events
    }
}
