// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Who uses the values of a program or a draft, as it was when the index was made.
package struct UseIndex {
    /// The instructions that read value v are `readers[start[v]..<start[v + 1]]`, in order, each as
    /// often as it reads it.
    private(set) var readers: [Int32]
    private var start: [Int32]
    /// How often each value is read or given out.
    package var count: [Int32]

    /// Of a stage whose uses are not known yet.
    init() { (readers, start, count) = ([], [], []) }

    var isEmpty: Bool { start.isEmpty }

    /// - Parameters:
    ///   - results: The values that the program gives out.
    ///   - forEachRead: Calls what it is given with each value that is read and who reads it, by
    ///     ascending readers.
    private init(
        valueCount: Int, results: some Sequence<Int>,
        forEachRead: ((_ value: Int, _ reader: Int) -> Void) -> Void
    ) {
        var start = [Int32](repeating: 0, count: valueCount + 1)
        forEachRead { value, _ in start[value + 1] += 1 }
        count = Array(start[1...])
        for value in 0..<valueCount { start[value + 1] += start[value] }
        for result in results { count[result] += 1 }
        var next = start
        var readers = [Int32](repeating: 0, count: Int(start[valueCount]))
        forEachRead { value, reader in
            readers[Int(next[value])] = Int32(reader)
            next[value] += 1
        }
        self.start = start
        self.readers = readers
    }

    /// The uses in a program.
    init(_ program: Program) {
        self.init(valueCount: program.values.count, results: program.outputs) { visit in
            for (i, instruction) in program.instructions.enumerated() {
                for input in instruction.inputs { visit(input, i) }
            }
        }
    }

    /// The uses of memory by the instructions of a draft that are to run, by roots.
    init(_ draft: Draft) {
        let results = draft.program.outputs.lazy.map { Int(draft.root[$0]) }
        self.init(valueCount: draft.program.values.count, results: results) { visit in
            for i in draft.role.indices where draft.role[i] != .none {
                for place in draft.operandPlaces(of: i) {
                    visit(Int(draft.operands[place].value), i)
                }
            }
        }
    }

    /// The places of a value's readers in `readers`.
    func places(of value: Int) -> Range<Int> { Int(start[value])..<Int(start[value + 1]) }

    func readers(of value: Int) -> ArraySlice<Int32> { readers[places(of: value)] }

    /// Whether the program gives the value out.
    func isResult(_ value: Int) -> Bool { Int(count[value]) > places(of: value).count }
}

extension Program {
    /// By value, the instruction that makes it; −1 for inputs.
    func makers() -> [Int32] {
        var makers = [Int32](repeating: -1, count: values.count)
        for (i, instruction) in instructions.enumerated() {
            for output in instruction.outputs { makers[output] = Int32(i) }
        }
        return makers
    }
}
