// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

// Lists are values of Swift: a plan numbers them beside its arrays, and the arguments of a step
// hold their numbers. Who changes a list takes it out of the frame, so that it is changed in
// place unless somebody else still has it.

extension KernelSelection {
    func list(_ index: Int, _ body: @escaping FrameStep.Body) -> Recipe {
        recipe(index, .frame(body))
    }

    func listEmpty(_ index: Int) -> Recipe {
        list(index) { frame, arguments, _ in frame.lists[Int(arguments.operands[0])] = [] }
    }

    func listAppend(_ index: Int) -> Recipe {
        let type = inputType(index, 1)
        return list(index) { frame, arguments, step in
            let (from, to) = (Int(arguments.operands[0]), Int(arguments.operands[2]))
            let element = try Self.newArray(type, step, frame)
            copy(arguments[1], to: element.storage.address, type.byteCount)
            var list = frame.lists[from]
            // An input that is read last here has the number of the output too.
            if from == to { frame.lists[from] = [] }
            list.append(element)
            frame.lists[to] = list
        }
    }

    func listPop(_ index: Int) -> Recipe {
        let type = outputType(index, 1)
        return list(index) { frame, arguments, step in
            let (from, to) = (Int(arguments.operands[0]), Int(arguments.operands[1]))
            var list = frame.lists[from]
            if from == to { frame.lists[from] = [] }
            let target = arguments[2]
            if let last = list.popLast() ?? nil {
                guard last.dtype == type.dtype, last.shape == type.shape else {
                    throw step.error(
                        .kernelFailure,
                        "the list's last array is \(last.dtype)\(last.shape), not \(type); append "
                            + "and remove arrays of one type", in: frame.plan.program)
                }
                copy(last.storage.address, to: target, type.byteCount)
            } else {
                _ = target.initializeMemory(as: UInt8.self, repeating: 0, count: type.byteCount)
            }
            frame.lists[to] = list
        }
    }

    func listZerosLike(_ index: Int) -> Recipe {
        list(index) { frame, arguments, _ in
            let count = frame.lists[Int(arguments.operands[0])].count
            frame.lists[Int(arguments.operands[1])] = Array(repeating: nil, count: count)
        }
    }

    /// An array that is in no plan: for a list, which grows while the run goes on, or for the host.
    static func newArray(
        _ type: ArrayType, _ step: Step, _ frame: Frame
    ) throws -> NDArray {
        do {
            let storage = try Storage(allocating: type.byteCount)
            return NDArray(dtype: type.dtype, shape: type.shape, storage: storage)
        } catch {
            throw error.runError(step.label(frame.plan.program))
        }
    }

    func listAdd(_ index: Int) -> Recipe {
        list(index) { frame, arguments, step in
            let a = frame.lists[Int(arguments.operands[0])]
            let b = frame.lists[Int(arguments.operands[1])]
            var sums = a.count >= b.count ? a : b
            for i in 0..<min(a.count, b.count) {
                guard let x = a[i], let y = b[i] else {
                    sums[i] = a[i] ?? b[i]
                    continue
                }
                let result = try Self.newArray(ArrayType(x.dtype, x.shape), step, frame)
                sums[i] = try Self.sum(x, y, into: result) {
                    step.error(
                        .kernelFailure,
                        "element \(i) is \(x.dtype)\(x.shape) in one list and "
                            + "\(y.dtype)\(y.shape) in the other", in: frame.plan.program)
                }
            }
            frame.lists[Int(arguments.operands[2])] = sums
        }
    }

    private static func sum(
        _ a: NDArray, _ b: NDArray, into result: NDArray, otherwise error: () -> RunError
    ) throws -> NDArray {
        guard a.dtype == b.dtype, a.shape == b.shape else { throw error() }
        let count = a.count
        if count == 0 { return a }
        var tile = TileBuilder(over: [count])
        let (x, y) = (tile.input(a.dtype, strides: [1]), tile.input(a.dtype, strides: [1]))
        let sum = tile.append(WEFT_OP_ADD, a.dtype, to: a.dtype, x, y)
        guard let handle = tile.create(outputs: [sum]) else { throw error() }
        defer { weft_tile_destroy(handle) }
        let status = weft_tile_run(
            handle, [UnsafeRawPointer(a.storage.address), UnsafeRawPointer(b.storage.address)],
            [result.storage.address])
        if status != WEFT_OK { throw error() }
        return result
    }
}
