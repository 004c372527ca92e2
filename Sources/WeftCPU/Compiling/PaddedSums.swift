// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Joins arrays that are padded with zeros only to be added.
///
/// That is what the gradient of cutting an array in pieces looks like: each piece's gradient is
/// padded to the whole, and the sum of the whole ones is the pieces put together.
enum PaddedSums {
    static func joined(in program: Program) -> Program {
        let hasPads = program.instructions.contains {
            if case .pad = $0.primitive { true } else { false }
        }
        return hasPads ? PaddedSumSearch(program).rewritten() : program
    }
}

private struct PaddedSumSearch {
    private let program: Program
    private let maker: [Int32]
    private let uses: UseIndex

    init(_ program: Program) {
        self.program = program
        maker = program.makers()
        uses = UseIndex(program)
    }

    /// One piece and where it begins.
    private struct Piece {
        var value: Int
        var axis: Int
        var start: Int
        var extent: Int
    }

    func rewritten() -> Program {
        var instructions = program.instructions
        var isInside = [Bool](repeating: false, count: instructions.count)
        // From the end: an addition of additions is found whole.
        for i in instructions.indices.reversed() where !isInside[i] {
            guard case .binary(.add) = instructions[i].primitive,
                let pieces = pieces(of: i, &isInside)
            else { continue }
            instructions[i] = Program.Instruction(
                .concatenate(axis: pieces[0].axis), inputs: pieces.map(\.value),
                outputs: instructions[i].outputs, origin: instructions[i].origin)
        }
        return Program(
            values: program.values, inputs: program.inputs, instructions: instructions,
            outputs: program.outputs)
    }

    /// The pieces that a sum consists of, in order; nil if it does not, or if others need a part.
    private func pieces(of sum: Int, _ isInside: inout [Bool]) -> [Piece]? {
        let type = program.values[program.instructions[sum].outputs[0]]
        var pieces: [Piece] = []
        var additions: [Int] = []
        var pending = program.instructions[sum].inputs
        while let value = pending.popLast() {
            let i = Int(maker[value])
            guard i >= 0, uses.count[value] == 1, program.values[value] == type else { return nil }
            if case .binary(.add) = program.instructions[i].primitive {
                additions.append(i)
                pending += program.instructions[i].inputs
            } else if let piece = piece(i) {
                pieces.append(piece)
            } else {
                return nil
            }
        }
        pieces.sort { $0.start < $1.start }
        guard let axis = pieces.first?.axis else { return nil }
        var end = 0
        for piece in pieces {
            guard piece.axis == axis, piece.start == end else { return nil }
            end += piece.extent
        }
        guard end == type.shape[axis] else { return nil }
        for addition in additions { isInside[addition] = true }
        return pieces
    }

    /// What a padding pads with zeros along one axis.
    private func piece(_ i: Int) -> Piece? {
        guard case .pad(let attributes) = program.instructions[i].primitive else { return nil }
        let (source, filler) = (
            program.instructions[i].inputs[0], program.instructions[i].inputs[1]
        )
        let padded = attributes.low.indices.filter {
            attributes.low[$0] != 0 || attributes.high[$0] != 0
        }
        guard padded.count == 1, attributes.low[padded[0]] >= 0, attributes.high[padded[0]] >= 0,
            attributes.interior.allSatisfy({ $0 == 0 }), maker[filler] >= 0,
            case .constant(let constant) = program.instructions[Int(maker[filler])].primitive,
            constant.array.doubles.allSatisfy({ $0 == 0 })
        else { return nil }
        return Piece(
            value: source, axis: padded[0], start: attributes.low[padded[0]],
            extent: program.values[source].shape[padded[0]])
    }
}
