// SPDX-License-Identifier: Apache-2.0
import CWeftKernels

/// A fused group of elementwise instructions and reductions, done block of rows by block of rows.
final class RowStep: Step {
    private let rows: RowProgram
    private let arrays: Int
    private let hasPartials: Bool

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ rows: RowProgram) {
        self.rows = rows
        arrays = recipe.inputs.count + recipe.outputs.count
        hasPartials = !recipe.workspaces.isEmpty
        super.init(recipe, operands)
    }

    override func run(_ frame: Frame) throws {
        let (slots, pointers) = (frame.slots, frame.pointers)
        for i in 0..<arrays { pointers[i] = slots[Int(operands[i])] }
        let partials = hasPartials ? slots[Int(operands[arrays])] : nil
        let status = weft_row_run(rows.handle, pointers, partials)
        if status != WEFT_OK { throw frame.failure(of: self, status) }
    }
}

/// Owns a row program.
final class RowProgram {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { weft_row_destroy(handle) }
}
