// SPDX-License-Identifier: Apache-2.0

/// A draw of random bits. Its numbers depend on stream, shape's count, step and loop iteration.
package struct RandomAttributes: Hashable, Sendable {
    /// The stream's name.
    package var stream: String
    /// The dimensions; nil when they are those of the input.
    package var shape: [Int]?
    /// The level of the region it was drawn in; 0 outside all.
    package var level: Int
    /// Of a draw in a loop that is unrolled: how many of its last inputs are numbers of iterations.
    package var counters = 0
    /// Its place among the draws of its stream; nil where it has not been written out of a loop or branch.
    package var ordinal: UInt32?
    /// The levels of those loops, in which it stands no longer.
    package var unrolledLevels: UInt64 = 0

    package init(stream: String, shape: [Int]?, level: Int) {
        self.stream = stream
        self.shape = shape
        self.level = level
    }

    /// The bits of all regions around it: what is drawn in a branch inside a loop is another one in
    /// each of the loop's iterations, although it uses nothing of the loop.
    package var levels: UInt64 { Operation.levels(through: level) & ~unrolledLevels }
}

/// A draw of random bits in a graph.
struct RandomFamily: ConstantGradient {
    let attributes: RandomAttributes

    var name: String { "randomBits" }
    var attributeText: String { "stream: '\(attributes.stream)'" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try randomType(attributes, operands)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        let draw = scope.context.draw(of: node, attributes)
        var state = scope.requireRandomState()
        for counter in operands.suffix(attributes.counters) {
            state = scope.emit(.foldRandom, [state, counter], RandomState.type)
        }
        scope.bind(node, scope.emit(.randomBits(draw), [state], types, origin: node.origin))
    }
}

/// A draw in a program: a function of the random state.
struct RandomBitsFamily: ArrayFamily, SettledFamily, ProgramFamily {
    let draw: RandomDraw

    static var functions: [PrimitiveFunction] { [.init([.uint32])] }
    var name: String { "randomBits" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    var primitive: Primitive { .randomBits(draw) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [RandomState.type] ? [ArrayType(.uint32, results[0].shape)] : []
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.randomBits(draw)]
    }
}

/// The random state of one iteration of a loop.
struct FoldRandomFamily: ArrayFamily, SettledFamily, ProgramFamily {
    static var functions: [PrimitiveFunction] { [.init([.uint32])] }
    var name: String { "foldRandom" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    var primitive: Primitive { .foldRandom }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [RandomState.type, ArrayType(.int64, [])] ? [RandomState.type] : []
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.foldRandom()] }
}

private func randomType(_ attributes: RandomAttributes, _ inputs: [TensorType]) throws -> TensorType
{
    guard let shape = attributes.shape else { return TensorType(.uint32, inputs[0].shape) }
    guard ArraySize.count(shape) != nil else {
        throw RuleViolation(.invalidShape(shape))
    }
    return TensorType(.uint32, shape)
}

extension Evaluation {
    fileprivate func state() -> RandomState {
        RandomState(Int64.load(inputs[0]).map { UInt32(truncatingIfNeeded: $0) })
    }

    /// Element 4 b + j is word j of block b, whose counter is (b low, b high, step low, step high).
    fileprivate func randomBits(_ draw: RandomDraw) throws -> NDArray {
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
        return try Int64.store(Array(words.prefix(count)), .uint32, shape)
    }

    fileprivate func foldRandom() throws -> NDArray {
        guard let iteration = Int64.load(inputs[1]).first else {
            throw unsupported("the iteration must be a scalar")
        }
        return state().folded(iteration).array
    }
}
