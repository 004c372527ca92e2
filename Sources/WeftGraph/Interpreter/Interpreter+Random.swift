// SPDX-License-Identifier: Apache-2.0

extension Step {
    private func state() -> RandomState {
        RandomState(Int64.load(inputs[0]).map { UInt32(truncatingIfNeeded: $0) })
    }

    /// Element 4 b + j is word j of block b, whose counter is (b low, b high, step low, step high).
    func randomBits(_ draw: RandomDraw) throws -> NDArray {
        let state = state()
        let key = state.key(of: draw)
        let count = shape.reduce(1, *)
        var words: [Int64] = []
        words.reserveCapacity(count + 3)
        var block: UInt64 = 0
        while words.count < count {
            let bits = Philox.block(
                key: key,
                counter: (
                    UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
                    state.words.2, state.words.3
                ))
            words += [Int64(bits.0), Int64(bits.1), Int64(bits.2), Int64(bits.3)]
            block += 1
        }
        return Int64.store(Array(words.prefix(count)), .uint32, shape)
    }

    func foldRandom() throws -> NDArray {
        guard let iteration = Int64.load(inputs[1]).first else {
            throw unsupported("the iteration must be a scalar")
        }
        return state().folded(iteration).array
    }
}
