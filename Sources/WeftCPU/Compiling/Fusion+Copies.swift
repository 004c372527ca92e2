// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Fusion {
    /// Smaller arrays stay in the cache between steps.
    static let leastElements = 4096
    /// The most instructions that are computed again for one value.
    static let mostInstructions = 4

    /// Where a large value that costs little is made in one unit and read in others, copies of its
    /// instructions go to the others, if all of these can take them: reading what it is made of
    /// costs no more than reading it, and it need not be written.
    package mutating func copyCheapProducers() {
        let search = CopySearch(self)
        for (producer, chain) in search.chains() {
            let value = draft.result(of: producer)
            let readers = Set(
                draft.uses.readers(of: value).map { unit[Int($0)] }.filter {
                    $0 != unit[Int(producer)]
                })
            for reader in readers {
                units[Int(reader)] = Array(Set(units[Int(reader)] + chain)).sorted()
            }
        }
    }

    /// Finds the instructions whose values units other than their own read, or the program gives
    /// out.
    package mutating func findStored() {
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

    /// Whether the unit of a user of the value can compute it itself.
    func takesCopies(_ user: Int32, of i: Int32) -> Bool {
        let reader = units[Int(unit[Int(user)])]
        let value = Int32(draft.result(of: i))
        let shape = draft.shape(ofResultOf: i)
        guard reader.count + 8 < Fusion.maximumSize, draft.rowAccesses[user] == nil,
            draft.role[Int(user)] == .elementwise,
            draft.shape(ofResultOf: user) == shape,
            draft.operands(of: Int(user)).allSatisfy({
                $0.value != value || $0.reading == .whole
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
}

extension Draft {
    /// The only value that an elementwise instruction makes.
    func result(of i: Int32) -> Int { program.instructions[Int(i)].outputs[0] }

    /// Whether computing the value again costs less than a pass over memory.
    func isCheap(_ i: Int32) -> Bool {
        guard role[Int(i)] == .elementwise,
            program.values[result(of: i)].count >= Fusion.leastElements, rowAccesses[i] == nil,
            let operation = ElementwiseOperation(program.instructions[Int(i)], in: program)
        else { return false }
        return operation.cost < 0.1 && operation.type == .float32
            && (operation.result == .float32 || operation.result == .bool)
    }
}

/// Looks for the values that are better computed again.
private struct CopySearch {
    private let fusion: Fusion
    /// Decided so far: the instructions whose values nobody needs to read from memory.
    private var isCopied: [Bool]

    private var draft: Draft { fusion.draft }

    init(_ fusion: Fusion) {
        self.fusion = fusion
        let draft = fusion.draft
        isCopied = Array(repeating: false, count: draft.role.count)
    }

    /// The instructions to copy, each with those that its readers must have along with it.
    func chains() -> [(producer: Int32, chain: [Int32])] {
        var search = self
        var result: [(Int32, [Int32])] = []
        for i in draft.role.indices where draft.isCheap(Int32(i)) {
            guard search.canBeCopied(Int32(i)), let chain = search.chain(of: Int32(i)) else {
                continue
            }
            search.isCopied[i] = true
            result.append((Int32(i), chain))
        }
        return result
    }

    /// Whether others than its unit read the value, and all of these can compute it themselves.
    private func canBeCopied(_ i: Int32) -> Bool {
        let result = draft.result(of: i)
        guard !draft.uses.isResult(result), draft.program.values[result].dtype == .float32 else {
            return false
        }
        let home = fusion.unit[Int(i)]
        var isRead = false
        for user in draft.uses.readers(of: result) where fusion.unit[Int(user)] != home {
            isRead = true
            guard fusion.takesCopies(user, of: i) else { return false }
        }
        return isRead
    }

    /// The instructions that make the value from what is in memory anyway, if reading that costs
    /// less: a value that is stored moves twice as it is written, and once for each reader.
    private func chain(of i: Int32) -> [Int32]? {
        let home = fusion.unit[Int(i)]
        let units = draft.uses.readers(of: draft.result(of: i)).map { fusion.unit[Int($0)] }
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
                } else if operand.reading == .whole, draft.isCheap(maker) {
                    pending.append(maker)
                } else {
                    return nil
                }
            }
        }
        return largeLeaves.count * readers < 2 + readers ? chain : nil
    }

    /// Whether a value is in memory whatever is copied.
    private func isAtHand(_ value: Int32, _ maker: Int32) -> Bool {
        guard maker >= 0 else { return true }
        switch draft.role[Int(maker)] {
        case .none, .single, .absorbed: return true
        case .elementwise, .reduction: break
        }
        if draft.uses.isResult(Int(value)) { return true }
        if isCopied[Int(maker)] { return false }
        let home = fusion.unit[Int(maker)]
        return draft.uses.readers(of: Int(value)).contains { fusion.unit[Int($0)] != home }
    }
}
