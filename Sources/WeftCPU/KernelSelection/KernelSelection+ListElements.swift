// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

// Arrays of lists by index. What goes wrong with a list is said in one place for all engines: see
// `ListElements.swift`.

extension KernelSelection {
    func listGet(_ index: Int, _ bounds: ListBounds) -> Recipe {
        let type = outputType(index, 0)
        return list(index) { frame, arguments, step in
            let place = arguments.load(1, as: Int64.self)
            let count = arguments.load(2, as: Int64.self)
            let array = try Self.reported(step, frame) {
                try frame.lists[Int(arguments.operands[0])]
                    .element(at: place, ofCount: count, bounds, of: type)
            }
            Self.write(array, to: arguments[3], type.byteCount)
        }
    }

    func listSet(_ index: Int, _ bounds: ListBounds) -> Recipe {
        let type = inputType(index, 1)
        return list(index) { frame, arguments, step in
            let place = arguments.load(2, as: Int64.self)
            let count = arguments.load(3, as: Int64.self)
            let element = try Self.array(type, copying: arguments[1], step, frame)
            try Self.change(arguments, to: 4, frame) { list in
                try Self.reported(step, frame) {
                    try list.set(element, at: place, ofCount: count, bounds)
                }
            }
        }
    }

    func listClear(_ index: Int, _ bounds: ListBounds) -> Recipe {
        list(index) { frame, arguments, step in
            let place = arguments.load(1, as: Int64.self)
            let count = arguments.load(2, as: Int64.self)
            try Self.change(arguments, to: 3, frame) { list in
                try Self.reported(step, frame) {
                    try list.clear(at: place, ofCount: count, bounds)
                }
            }
        }
    }

    func listCount(_ index: Int) -> Recipe {
        list(index) { frame, arguments, _ in
            let count = frame.lists[Int(arguments.operands[0])].count
            arguments[1].storeBytes(of: Int64(count), as: Int64.self)
        }
    }

    func listResize(_ index: Int) -> Recipe {
        list(index) { frame, arguments, step in
            let newCount = arguments.load(1, as: Int64.self)
            let count = frame.lists[Int(arguments.operands[0])].count
            try Self.change(arguments, to: 2, frame) { list in
                try Self.reported(step, frame) { try list.resize(to: newCount) }
            }
            arguments[3].storeBytes(of: Int64(count), as: Int64.self)
        }
    }

    func listStack(_ index: Int, filling: Bool) -> Recipe {
        let type = outputType(index, 0)
        let bytes = type.shape.dropFirst().reduce(type.dtype.size, *)
        return list(index) { frame, arguments, step in
            let rows = try Self.reported(step, frame) {
                try frame.lists[Int(arguments.operands[0])].rows(of: type, filling: filling)
            }
            for (place, row) in rows.enumerated() {
                Self.write(row, to: arguments[1] + place * bytes, bytes)
            }
        }
    }

    func listUnstack(_ index: Int) -> Recipe {
        let type = inputType(index, 0)
        let row = ArrayType(type.dtype, Array(type.shape.dropFirst()))
        return list(index) { frame, arguments, step in
            frame.lists[Int(arguments.operands[1])] = try (0..<type.shape[0]).map {
                try Self.array(row, copying: arguments[0] + $0 * row.byteCount, step, frame)
            }
        }
    }

    /// Changes the list that is the first operand into the one of the argument `output`; in place where
    /// nobody else has it.
    private static func change(
        _ arguments: Arguments, to output: Int, _ frame: Frame,
        _ body: (inout [NDArray?]) throws -> Void
    ) throws {
        let (from, to) = (Int(arguments.operands[0]), Int(arguments.operands[output]))
        var list = from == to ? frame.takeList(from) : frame.lists[from]
        try body(&list)
        frame.lists[to] = list
    }

    private static func write(
        _ array: NDArray?, to memory: UnsafeMutableRawPointer, _ byteCount: Int
    ) {
        if let array {
            copy(array.storage.address, to: memory, byteCount)
        } else {
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }
    }

    private static func reported<R>(
        _ step: Step, _ frame: Frame, _ body: () throws -> R
    ) throws -> R {
        do {
            return try body()
        } catch let fault as ListFault {
            throw step.error(fault.kind, in: frame.plan.program)
        } catch let shortage as MemoryShortage {
            throw shortage.runError(step.label(frame.plan.program))
        }
    }
}
