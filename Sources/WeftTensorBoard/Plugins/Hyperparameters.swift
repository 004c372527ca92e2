// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import WeftProtos

/// The value of a hyperparameter: a number, a string or a truth value.
///
/// ```swift
/// try writer.beginTrial(["optimizer": "adam", "rate": 1e-3, "layers": 3, "dropout": true])
/// ```
public enum HyperparameterValue: Hashable, Sendable {
    /// A number.
    case number(Double)
    /// A word.
    case text(String)
    /// Yes or no.
    case flag(Bool)
}

extension HyperparameterValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// A word.
    public init(stringLiteral value: String) { self = .text(value) }
    /// Yes or no.
    public init(booleanLiteral value: Bool) { self = .flag(value) }

    fileprivate var proto: TBValue {
        var proto = TBValue()
        switch self {
        case .number(let number): proto.numberValue = number
        case .text(let text): proto.stringValue = text
        case .flag(let flag): proto.boolValue = flag
        }
        return proto
    }

    fileprivate var type: TBDataType {
        switch self {
        case .number: .float64
        case .text: .string
        case .flag: .bool
        }
    }
}

/// A hyperparameter of an experiment: its name, and what it may be.
public struct Hyperparameter: Hashable, Sendable {
    /// What a hyperparameter may be.
    public enum Domain: Hashable, Sendable {
        /// One of these values, which are of one kind.
        case values([HyperparameterValue])
        /// A number from one to the other.
        case interval(ClosedRange<Double>)
    }

    /// Its name, as trials have it.
    public let name: String
    /// What it may be.
    public let domain: Domain
    /// What it is about, in Markdown.
    public let summary: String

    /// A hyperparameter.
    public init(_ name: String, _ domain: Domain, summary: String = "") {
        (self.name, self.domain, self.summary) = (name, domain, summary)
    }

    fileprivate func proto() throws -> TBHParamInfo {
        var proto = TBHParamInfo()
        proto.name = name
        proto.description_p = summary
        switch domain {
        case .interval(let range):
            proto.type = .float64
            proto.domainInterval.minValue = range.lowerBound
            proto.domainInterval.maxValue = range.upperBound
        case .values(let values):
            let types = Set(values.map(\.type))
            guard let type = types.first, types.count == 1 else {
                throw SummaryError(
                    .invalidArgument, name,
                    "the values that a hyperparameter may have are at least one, and all numbers, strings or "
                        + "truth values")
            }
            proto.type = type
            proto.domainDiscrete.values = values.map(\.proto)
        }
        return proto
    }
}

/// How a trial ended.
public enum TrialStatus: Hashable, Sendable {
    /// It came to its end.
    case success
    /// It failed.
    case failure
}

extension EventWriter {
    /// Says what the trials below this folder vary, and by what they are measured: written once, into the folder that
    /// has those of the trials. Without it, TensorBoard goes by what the trials say.
    ///
    /// - Parameters:
    ///   - metrics: The tags of scalars.
    /// - Throws: `SummaryError` when a hyperparameter has no values or values of several kinds; as `addScalar`.
    public func addExperiment(
        _ hyperparameters: [Hyperparameter], metrics: [String], summary: String = ""
    ) throws {
        var data = TBHParamsPluginData()
        data.experiment.timeCreatedSecs = Date().timeIntervalSince1970
        data.experiment.description_p = summary
        data.experiment.hparamInfos = try hyperparameters.map { try $0.proto() }
        data.experiment.metricInfos = metrics.map { tag in
            var info = TBMetricInfo()
            info.name.tag = tag
            return info
        }
        try add(data, as: "experiment")
    }

    /// Says which hyperparameters the training of this folder has; `endTrial` says how it went.
    ///
    /// - Parameters:
    ///   - values: The hyperparameters by name. A number that is NaN has no value in the table.
    ///   - group: What trials with the same hyperparameters share, such as repetitions with other seeds; the folder's
    ///     name when nil.
    /// - Throws: as `addScalar`.
    public func beginTrial(
        _ values: [String: HyperparameterValue], group: String? = nil
    ) throws {
        var data = TBHParamsPluginData()
        data.sessionStartInfo.hparams = values.mapValues(\.proto)
        data.sessionStartInfo.startTimeSecs = Date().timeIntervalSince1970
        data.sessionStartInfo.groupName = group ?? ""
        try add(data, as: "session_start_info")
    }

    /// Says that the training of this folder has ended.
    ///
    /// - Throws: as `addScalar`.
    public func endTrial(_ status: TrialStatus = .success) throws {
        var data = TBHParamsPluginData()
        data.sessionEndInfo.status = status == .success ? .success : .failure
        data.sessionEndInfo.endTimeSecs = Date().timeIntervalSince1970
        try add(data, as: "session_end_info")
    }

    private func add(_ data: TBHParamsPluginData, as name: String) throws {
        let content: [UInt8] = try data.serializedBytes()
        var value = PluginValue.value(
            "_hparams_/\(name)", plugin: "hparams", content: content, dataClass: 2)
        value.tensor = PluginValue.tensor([Float](), shape: [0])
        try add([value], step: 0)
    }
}
