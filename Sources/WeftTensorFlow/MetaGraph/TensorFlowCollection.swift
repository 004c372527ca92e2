// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import WeftProtos

/// What a graph's file lists under a name, such as `trainable_variables` or `train_op`.
public enum TensorFlowCollection: Hashable, Sendable {
    /// Names of tensors, `node:0`, or of operations.
    case nodes([String])
    /// Things in bytes, each a protocol message as a rule.
    case bytes([[UInt8]])
    /// Whole numbers.
    case integers([Int])
    /// Numbers.
    case floats([Float])
    /// Messages that say of what kind they are.
    case messages([Message])

    /// A message of a kind that it names.
    public struct Message: Hashable, Sendable {
        /// What kind it is, `type.googleapis.com/tensorflow.AssetFileDef`.
        public let type: String
        /// The message.
        public let bytes: [UInt8]

        /// A message of a kind.
        public init(type: String, bytes: [UInt8]) { (self.type, self.bytes) = (type, bytes) }
    }

    /// How many things it lists.
    public var count: Int {
        switch self {
        case .nodes(let names): names.count
        case .bytes(let items): items.count
        case .integers(let numbers): numbers.count
        case .floats(let numbers): numbers.count
        case .messages(let messages): messages.count
        }
    }

    init(_ message: TFCollectionDef) {
        switch message.kind {
        case .nodeList(let list): self = .nodes(list.value)
        case .bytesList(let list): self = .bytes(list.value.map { [UInt8]($0) })
        case .int64List(let list): self = .integers(list.value.map { Int(clamping: $0) })
        case .floatList(let list): self = .floats(list.value)
        case .anyList(let list):
            self = .messages(list.value.map { Message(type: $0.typeURL, bytes: [UInt8]($0.value)) })
        case nil: self = .nodes([])
        }
    }

    var message: TFCollectionDef {
        var message = TFCollectionDef()
        switch self {
        case .nodes(let names): message.nodeList.value = names
        case .bytes(let items): message.bytesList.value = items.map { Data($0) }
        case .integers(let numbers): message.int64List.value = numbers.map { Int64($0) }
        case .floats(let numbers): message.floatList.value = numbers
        case .messages(let messages):
            message.anyList.value = messages.map { item in
                var any = TFCollectionDef.AnyMessageMessage()
                any.typeURL = item.type
                any.value = Data(item.bytes)
                return any
            }
        }
        return message
    }
}

/// What a graph's file says of a variable.
public struct TensorFlowVariable: Hashable, Sendable {
    /// The tensor that is the variable, `w:0`.
    public let name: String
    /// The operation that gives it its first value; empty where there is none.
    public let initializer: String
    /// The tensor that is its first value; empty where the file does not say.
    public let initialValue: String
    /// The tensor that reads it.
    public let snapshot: String
    /// Whether optimizers change it.
    public let isTrainable: Bool
    /// The array that it is a part of, and where in it it lies; nil for a variable of its own.
    public let part: Part?

    /// A place in an array that is kept in parts.
    public struct Part: Hashable, Sendable {
        /// The name of the whole, which checkpoints have it under.
        public let whole: String
        /// The shape of the whole.
        public let shape: [Int]
        /// Where the part begins.
        public let offset: [Int]
        /// The shape of the part.
        public let partShape: [Int]
    }

    /// Nil for bytes that say of no variable.
    init?(_ bytes: [UInt8]) {
        guard let message = try? TFVariableDef(serializedBytes: bytes),
            !message.variableName.isEmpty
        else { return nil }
        name = message.variableName
        initializer = message.initializerName
        initialValue = message.initialValueName
        snapshot = message.snapshotName
        isTrainable = message.trainable
        part =
            message.hasSaveSliceInfoDef
            ? Part(
                whole: message.saveSliceInfoDef.fullName,
                shape: message.saveSliceInfoDef.fullShape.map { Int(clamping: $0) },
                offset: message.saveSliceInfoDef.varOffset.map { Int(clamping: $0) },
                partShape: message.saveSliceInfoDef.varShape.map { Int(clamping: $0) }) : nil
    }
}

/// The operations of a graph that save and restore its variables.
public struct TensorFlowSaver: Hashable, Sendable {
    /// The tensor that is fed the prefix of the files.
    public let fileName: String
    /// The tensor whose run saves.
    public let save: String
    /// The operation whose run restores.
    public let restore: String
    /// How many checkpoints are kept; 0 for all.
    public let maxToKeep: Int
    /// Whether each device has files of its own.
    public let isSharded: Bool
    /// The kind of the files: 1 or 2.
    public let version: Int

    /// Nil where nothing is said.
    init?(_ message: TFSaverDef) {
        guard !message.restoreOpName.isEmpty || !message.saveTensorName.isEmpty else { return nil }
        fileName = message.filenameTensorName
        save = message.saveTensorName
        restore = message.restoreOpName
        maxToKeep = Int(message.maxToKeep)
        isSharded = message.sharded
        version = message.version == .v2 ? 2 : 1
    }
}
