// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import WeftProtos

/// Charts of several scalars, on TensorBoard's page of custom scalars.
///
/// ```swift
/// try writer.addLayout([
///     .init("losses", [.lines("both", tags: ["loss/train", "loss/validation"])])
/// ])
/// ```
public struct ChartCategory: Hashable, Sendable {
    /// A chart.
    public enum Chart: Hashable, Sendable {
        /// The curves of all scalars whose tags match one of the regular expressions.
        case lines(_ title: String, tags: [String])
        /// A curve between two others: tags of the value, and of what is below and above it.
        case band(_ title: String, value: String, lower: String, upper: String)
    }

    /// The heading.
    public let title: String
    /// The charts below it.
    public let charts: [Chart]
    /// Whether only the heading shows at first.
    public let isClosed: Bool

    /// A heading with charts.
    public init(_ title: String, _ charts: [Chart], isClosed: Bool = false) {
        (self.title, self.charts, self.isClosed) = (title, charts, isClosed)
    }

    fileprivate var proto: TBCategory {
        var proto = TBCategory()
        proto.title = title
        proto.closed = isClosed
        proto.chart = charts.map { chart in
            var proto = TBChart()
            switch chart {
            case .lines(let title, let tags):
                proto.title = title
                proto.multiline.tag = tags
            case .band(let title, let value, let lower, let upper):
                proto.title = title
                var series = TBMarginChartContent.Series()
                (series.value, series.lower, series.upper) = (value, lower, upper)
                proto.margin.series = [series]
            }
            return proto
        }
        return proto
    }
}

extension EventWriter {
    /// Says which charts there are of several scalars at once.
    ///
    /// - Throws: as `addScalar`.
    public func addLayout(_ categories: [ChartCategory]) throws {
        var layout = TBLayout()
        layout.category = categories.map(\.proto)
        var value = PluginValue.value(
            "custom_scalars__config__", plugin: "custom_scalars", dataClass: 2)
        value.tensor = try PluginValue.tensor(
            [layout.serializedBytes()], shape: [])
        try add([value], step: 0)
    }
}
