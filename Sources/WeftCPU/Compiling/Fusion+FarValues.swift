// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion {
    /// Where a unit reads a large array, stored for others, that it can compute from what it reads
    /// besides, it does so: a pass over far memory costs more than a few instructions.
    package mutating func computeFarValuesAgain() {
        let hasFarValues = draft.program.values.contains { $0.count >= FarReader.leastElements }
        guard hasFarValues else { return }
        for number in units.indices where units[number].count > 1 {
            guard var reader = FarReader(units[number], draft) else { continue }
            for value in reader.read.sorted() {
                guard units[number].count + 8 < Self.maximumSize,
                    let chain = reader.chain(of: value, self)
                else { continue }
                reader.members.formUnion(chain)
                reader.read.remove(value)
                units[number] = reader.members.sorted()
            }
        }
    }
}

/// A unit that reads more than one large array.
private struct FarReader {
    var members: Set<Int32>
    /// The large values that it reads element by element from memory.
    var read: Set<Int32> = []

    /// Arrays from here on are seldom in the cache when they are read much later.
    static let leastElements = 1 << 18

    /// nil for a unit that reads no two large arrays.
    init?(_ unit: [Int32], _ draft: Draft) {
        func isFar(_ operand: Operand) -> Bool {
            operand.reading == .whole
                && draft.program.values[Int(operand.value)].count >= Self.leastElements
        }
        // Most units read nothing large, and that is soon seen.
        let readers = unit.filter {
            draft.role[Int($0)] == .elementwise
                && draft.operands(of: Int($0)).contains(where: isFar)
        }
        guard !readers.isEmpty else { return nil }
        members = Set(unit)
        for reader in readers {
            for operand in draft.operands(of: Int(reader)) where isFar(operand) {
                let maker = draft.definition[Int(operand.value)]
                if maker < 0 || !members.contains(maker) { read.insert(operand.value) }
            }
        }
        guard read.count > 1 else { return nil }
    }

    /// The instructions that make a value of what the unit has at hand besides.
    func chain(of value: Int32, _ fusion: Fusion) -> [Int32]? {
        let draft = fusion.draft
        let first = draft.definition[Int(value)]
        guard first >= 0, draft.isCheap(first),
            draft.uses.readers(of: Int(value)).allSatisfy({
                !members.contains($0) || fusion.takesCopies($0, of: first)
            })
        else { return nil }
        var chain: [Int32] = []
        var pending = [first]
        while let current = pending.popLast() {
            if chain.contains(current) { continue }
            chain.append(current)
            guard chain.count <= Fusion.mostInstructions else { return nil }
            for operand in draft.operands(of: Int(current)) {
                let type = draft.program.values[Int(operand.value)]
                let maker = draft.definition[Int(operand.value)]
                if maker >= 0, members.contains(maker) { continue }
                if case .window = operand.reading { return nil }
                if operand.reading == .whole, type.count >= Fusion.leastElements {
                    if operand.value != value, read.contains(operand.value) { continue }
                    guard maker >= 0, draft.isCheap(maker) else { return nil }
                    pending.append(maker)
                } else {
                    guard type.dtype == .float32 || type.count == 1,
                        type.count < Fusion.leastElements
                    else { return nil }
                }
            }
        }
        return chain
    }
}
