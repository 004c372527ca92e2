// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion {
    /// Smaller arrays stay in the cache between steps.
    fileprivate static let leastElements = 4096
    /// The most instructions that are computed again for one value.
    fileprivate static let mostInstructions = 4
    /// Arrays from here on are seldom in the cache when they are read much later.
    fileprivate static let leastFarElements = 1 << 18

    /// Where a large value that costs little is made in one unit and read in others, copies of its
    /// instructions go to the others, if all of these can take them: reading what it is made of
    /// costs no more than reading it, and it need not be written.
    mutating func copyCheapProducers(_ draft: Draft) {
        let search = CopySearch(draft, self)
        for (producer, chain) in search.chains() {
            let value = draft.program.instructions[Int(producer)].outputs[0]
            let readers = Set(
                draft.users(of: value).map { unit[Int($0)] }.filter { $0 != unit[Int(producer)] })
            for reader in readers {
                units[Int(reader)] = Array(Set(units[Int(reader)] + chain)).sorted()
            }
        }
        computeFarValuesAgain(draft)
        findStored(draft)
    }

    /// Where a unit reads a large array, stored for others, that it can compute from what it reads
    /// besides, it does so: a pass over far memory costs more than a few instructions.
    private mutating func computeFarValuesAgain(_ draft: Draft) {
        for number in units.indices where units[number].count > 1 {
            let search = CopySearch(draft, self)
            guard var reader = search.farReader(units[number]) else { continue }
            for value in reader.read.sorted() {
                guard units[number].count + 8 < Self.maximumSize,
                    let chain = search.chain(of: value, in: reader)
                else { continue }
                reader.members.formUnion(chain)
                reader.read.remove(value)
                units[number] = reader.members.sorted()
            }
        }
    }

    /// Finds the instructions whose values units other than their own read, or the program gives
    /// out.
    private mutating func findStored(_ draft: Draft) {
        isStored = Array(repeating: false, count: draft.role.count)
        var member = [Int32](repeating: -1, count: draft.role.count)
        for number in units.indices {
            for i in units[number] { member[Int(i)] = Int32(number) }
            for i in units[number] {
                for operand in draft.operands(of: Int(i)) {
                    let maker = Int(draft.definition[Int(operand.value)])
                    if maker >= 0, member[maker] != Int32(number) { isStored[maker] = true }
                }
            }
        }
        for output in draft.program.outputs {
            let maker = Int(draft.definition[Int(draft.root[output])])
            if maker >= 0 { isStored[maker] = true }
        }
    }
}

/// Looks for the values that are better computed again.
private struct CopySearch {
    private let draft: Draft
    private let fusion: Fusion
    private var isResult: [Bool]
    /// Decided so far: the instructions whose values nobody needs to read from memory.
    private var isCopied: [Bool]

    init(_ draft: Draft, _ fusion: Fusion) {
        self.draft = draft
        self.fusion = fusion
        isResult = Array(repeating: false, count: draft.program.values.count)
        isCopied = Array(repeating: false, count: draft.role.count)
        for output in draft.program.outputs { isResult[Int(draft.root[output])] = true }
    }

    /// The instructions to copy, each with those that its readers must have along with it.
    func chains() -> [(producer: Int32, chain: [Int32])] {
        var search = self
        var result: [(Int32, [Int32])] = []
        for i in draft.role.indices where search.isCheap(Int32(i)) {
            guard search.canBeCopied(Int32(i)), let chain = search.chain(of: Int32(i)) else {
                continue
            }
            search.isCopied[i] = true
            result.append((Int32(i), chain))
        }
        return result
    }

    private func value(_ i: Int32) -> Int { draft.program.instructions[Int(i)].outputs[0] }

    private func isCheap(_ i: Int32) -> Bool {
        guard draft.role[Int(i)] == .elementwise, draft.rowAccesses[i] == nil else { return false }
        let item = draft.program.instructions[Int(i)]
        guard draft.program.values[item.outputs[0]].count >= Fusion.leastElements,
            let operation = ElementwiseOperation(item, in: draft.program)
        else { return false }
        return operation.cost < 0.1 && operation.type == .float32
            && (operation.result == .float32 || operation.result == .bool)
    }

    /// Whether others than its unit read the value, and all of these can compute it themselves.
    private func canBeCopied(_ i: Int32) -> Bool {
        let result = value(i)
        guard !isResult[result], draft.program.values[result].dtype == .float32 else {
            return false
        }
        let home = fusion.unit[Int(i)]
        var isRead = false
        for user in draft.users(of: result) where fusion.unit[Int(user)] != home {
            isRead = true
            guard takesCopies(user, of: i) else { return false }
        }
        return isRead
    }

    private func takesCopies(_ user: Int32, of i: Int32) -> Bool {
        let reader = fusion.units[Int(fusion.unit[Int(user)])]
        let shape = draft.shape(ofResultOf: i)
        guard reader.count + 8 < Fusion.maximumSize, draft.rowAccesses[user] == nil,
            draft.role[Int(user)] == .elementwise,
            draft.shape(ofResultOf: user) == shape,
            draft.operands(of: Int(user)).allSatisfy({
                $0.value != Int32(value(i)) || $0.reading == .whole
            })
        else { return false }
        // All that is read by strides is read over one shape.
        return reader.allSatisfy { member in
            guard draft.spaceCount(member) == shape.volume else { return true }
            let isStrided = draft.operands(of: Int(member)).contains {
                $0.reading.isByStrides
            }
            return !isStrided || draft.shape(ofResultOf: member) == shape
        }
    }

    /// The instructions that make the value from what is in memory anyway, if reading that costs
    /// less: a value that is stored moves twice as it is written, and once for each reader.
    private func chain(of i: Int32) -> [Int32]? {
        let home = fusion.unit[Int(i)]
        let units = draft.users(of: value(i)).map { fusion.unit[Int($0)] }
        let readers = Set(units).subtracting([home]).count
        var chain: [Int32] = []
        var largeLeaves: Set<Int32> = []
        var pending = [i]
        while let current = pending.popLast() {
            if chain.contains(current) { continue }
            chain.append(current)
            guard chain.count <= Fusion.mostInstructions else { return nil }
            for operand in draft.operands(of: Int(current)) {
                let type = draft.program.values[Int(operand.value)]
                let maker = draft.definition[Int(operand.value)]
                if case .window = operand.reading { return nil }
                if isAtHand(operand.value, maker) {
                    if type.count >= Fusion.leastElements { largeLeaves.insert(operand.value) }
                    guard type.dtype == .float32 || type.count == 1 else { return nil }
                } else if operand.reading == .whole, isCheap(maker) {
                    pending.append(maker)
                } else {
                    return nil
                }
            }
        }
        return largeLeaves.count * readers < 2 + readers ? chain : nil
    }

    // MARK: Far values

    /// A unit that reads more than one large array.
    struct FarReader {
        var members: Set<Int32>
        /// The large values that it reads element by element from memory.
        var read: Set<Int32>
    }

    func farReader(_ unit: [Int32]) -> FarReader? {
        let members = Set(unit)
        var read: Set<Int32> = []
        for member in unit where draft.role[Int(member)] == .elementwise {
            for operand in draft.operands(of: Int(member)) where operand.reading == .whole {
                let maker = draft.definition[Int(operand.value)]
                if draft.program.values[Int(operand.value)].count >= Fusion.leastFarElements,
                    maker < 0 || !members.contains(maker)
                {
                    read.insert(operand.value)
                }
            }
        }
        return read.count > 1 ? FarReader(members: members, read: read) : nil
    }

    /// The instructions that make a value of what a unit that reads it has at hand besides.
    func chain(of value: Int32, in reader: FarReader) -> [Int32]? {
        let first = draft.definition[Int(value)]
        guard first >= 0, isCheap(first),
            draft.users(of: Int(value)).allSatisfy({
                !reader.members.contains($0) || takesCopies($0, of: first)
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
                if maker >= 0, reader.members.contains(maker) { continue }
                if case .window = operand.reading { return nil }
                if operand.reading == .whole, type.count >= Fusion.leastElements {
                    if operand.value != value, reader.read.contains(operand.value) { continue }
                    guard maker >= 0, isCheap(maker) else { return nil }
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

    /// Whether a value is in memory whatever is copied.
    private func isAtHand(_ value: Int32, _ maker: Int32) -> Bool {
        guard maker >= 0 else { return true }
        switch draft.role[Int(maker)] {
        case .none, .single, .absorbed: return true
        case .elementwise, .reduction: break
        }
        if isResult[Int(value)] { return true }
        if isCopied[Int(maker)] { return false }
        let home = fusion.unit[Int(maker)]
        return draft.users(of: Int(value)).contains { fusion.unit[Int($0)] != home }
    }
}
