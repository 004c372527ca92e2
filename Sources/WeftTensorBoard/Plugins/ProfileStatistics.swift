// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
public import Weft
import WeftProtos

extension EventWriter {
    /// Adds what a run took: TensorBoard colours the graph that was added before by it, scope by scope.
    ///
    /// - Parameters:
    ///   - profile: Of `Session.profile`.
    ///   - tag: What the run is called in TensorBoard's list; each once in a folder.
    ///   - step: Where in the training it belongs.
    /// - Throws: as `addScalar`.
    public func addProfile(_ tag: String, _ profile: RunProfile, step: Int) throws {
        var event = TFEvent()
        event.step = Int64(step)
        event.taggedRunMetadata.tag = tag
        let message = profile.runMetadata(shownAt: shownNodes.withLock(\.self))
        event.taggedRunMetadata.runMetadata = try message.serializedBytes()
        try add(event)
    }
}

extension RunProfile {
    /// Two devices: one has the time of each scope, at an operation of the graph that stands for it, the other the
    /// steps one by one, which are not operations of the graph where these were fused.
    func runMetadata(shownAt nodes: [String: String]) -> TFRunMetadata {
        var scopes = TFDeviceStepStats()
        scopes.device = "/job:weft/device:CPU:0"
        var bytes: [String: Int] = [:]
        for step in steps {
            for scope in step.scopes {
                bytes[scope.name, default: 0] += Int(Double(step.bytes) * scope.share)
            }
        }
        var clock = 0.0
        for scope in self.scopes() {
            var node = TFNodeExecStats()
            let place = scope.name.isEmpty ? "unnamed" : scope.name
            node.nodeName = nodes[scope.name] ?? place
            node.timelineLabel = place
            node.setTimes(from: clock, seconds: scope.seconds)
            node.setMemory(bytes[scope.name] ?? 0)
            clock += scope.seconds
            scopes.nodeStats.append(node)
        }
        var single = TFDeviceStepStats()
        single.device = "/job:weft/device:CPU:0/steps"
        single.nodeStats = steps.map { step in
            var node = TFNodeExecStats()
            node.nodeName = "step\(step.number)/\(step.label)"
            node.timelineLabel = "\(step.label) = \(step.result)"
            node.threadID = UInt32(clamping: step.depth)
            node.setTimes(from: step.start, seconds: step.seconds)
            node.setMemory(step.bytes)
            return node
        }
        var metadata = TFRunMetadata()
        metadata.stepStats.devStats = [scopes, single]
        return metadata
    }
}

extension TFNodeExecStats {
    fileprivate mutating func setTimes(from start: Double, seconds: Double) {
        let (start, length) = (Self.nanoseconds(start), Self.nanoseconds(seconds))
        (allStartNanos, allStartMicros) = (start, start / 1000)
        (opEndRelNanos, allEndRelNanos) = (length, length)
        // TensorBoard shows microseconds only, and nothing for 0.
        opEndRelMicros = max(length / 1000, 1)
        allEndRelMicros = opEndRelMicros
    }

    fileprivate mutating func setMemory(_ bytes: Int) {
        guard bytes > 0 else { return }
        var used = TFAllocatorMemoryUsed()
        used.allocatorName = "cpu"
        used.totalBytes = Int64(bytes)
        memory = [used]
    }

    private static func nanoseconds(_ seconds: Double) -> Int64 {
        Int64(exactly: (seconds * 1e9).rounded()) ?? 0
    }
}
