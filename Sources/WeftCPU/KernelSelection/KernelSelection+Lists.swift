// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

// Lists are values of Swift: a plan numbers them beside its arrays, and the arguments of a step
// hold their numbers. Who changes a list takes it out of the frame, so that it is changed in
// place unless somebody else still has it.

extension KernelSelection {
    private func list(_ index: Int, _ body: @escaping FrameStep.Body) -> Recipe {
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
            if let last = list.popLast() {
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
        list(index) { frame, arguments, step in
            let list = frame.lists[Int(arguments.operands[0])]
            frame.lists[Int(arguments.operands[1])] = try list.map {
                try Self.newArray(ArrayType($0.dtype, $0.shape), step, frame, zeroed: true)
            }
        }
    }

    /// An array that is in no plan: for a list, which grows while the run goes on, or for the host.
    static func newArray(
        _ type: ArrayType, _ step: Step, _ frame: Frame, zeroed: Bool = false
    ) throws -> NDArray {
        do {
            let storage =
                try zeroed
                ? Storage(allocatingZeros: type.byteCount)
                : Storage(allocating: type.byteCount)
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
                let type = ArrayType(a[i].dtype, a[i].shape)
                let result = try Self.newArray(type, step, frame)
                sums[i] = try Self.sum(a[i], b[i], into: result) {
                    step.error(
                        .kernelFailure,
                        "element \(i) is \(a[i].dtype)\(a[i].shape) in one list and "
                            + "\(b[i].dtype)\(b[i].shape) in the other", in: frame.plan.program)
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

    // MARK: Checks

    func check(_ index: Int, _ kind: CheckKind) -> Recipe {
        let type = inputType(index, 0)
        var result: Recipe
        switch kind {
        case .finite(let message):
            let count = type.count
            let dtype = type.dtype
            result = recipe(
                index,
                .frame { frame, arguments, step in
                    guard let first = FiniteCheck.firstViolation(arguments[0], dtype, count) else {
                        return
                    }
                    throw step.error(
                        FiniteCheck.failure(message, arguments[0], type, first),
                        in: frame.plan.program)
                })
            result.inputs = [Int(draft.root[program.instructions[index].inputs[0]])]
        case .condition(let message):
            let operands = program.instructions[index].inputs.dropFirst()
            let shown = operands.dropFirst().map { program.values[$0] }
            result = recipe(
                index,
                .frame { frame, arguments, step in
                    if arguments.load(0, as: UInt8.self) != 0 { return }
                    let arrays = try shown.enumerated().map { position, type in
                        try Self.array(type, copying: arguments[1 + position], step, frame)
                    }
                    throw step.error(message.failure(showing: arrays), in: frame.plan.program)
                })
            result.inputs = operands.map { Int(draft.root[$0]) }
        case .inRange(let message):
            let count = type.count
            result = recipe(
                index,
                .frame { frame, arguments, step in
                    let numbers = UnsafeBufferPointer(
                        start: arguments[0].assumingMemoryBound(to: Int64.self), count: count)
                    let bound = arguments.load(1, as: Int64.self)
                    // As unsigned numbers negative ones are too large as well.
                    var greatest: UInt64 = 0
                    for number in numbers { greatest = max(greatest, UInt64(bitPattern: number)) }
                    if count == 0 || greatest < UInt64(max(bound, 0)) { return }
                    if let kind = RunError.Kind.outOfRange(
                        message, numbers, type.shape, bound: bound)
                    {
                        throw step.error(kind, in: frame.plan.program)
                    }
                })
            result.inputs = program.instructions[index].inputs.map { Int(draft.root[$0]) }
        }
        result.outputs = []
        return result
    }
}

/// Looks for NaN and infinity.
enum FiniteCheck {
    /// The index of the first element that is not finite.
    static func firstViolation(
        _ memory: UnsafeRawPointer, _ dtype: DType, _ count: Int
    ) -> Int? {
        switch dtype {
        case .float16: search(memory, count, UInt16(0x7C00))
        case .bfloat16: search(memory, count, UInt16(0x7F80))
        case .float32: search(memory, count, UInt32(0x7F80_0000))
        case .float64: search(memory, count, UInt64(0x7FF0_0000_0000_0000))
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .list: nil
        }
    }

    /// Blocks are searched without looking where; only one that holds something is read again.
    private static func search<Bits: FixedWidthInteger>(
        _ memory: UnsafeRawPointer, _ count: Int, _ exponent: Bits
    ) -> Int? {
        let elements = memory.assumingMemoryBound(to: Bits.self)
        var start = 0
        while start < count {
            let end = min(start + 4096, count)
            var found: Bits = 0
            for i in start..<end { found |= elements[i] & exponent == exponent ? 1 : 0 }
            if found != 0 {
                return (start..<end).first { elements[$0] & exponent == exponent }
            }
            start = end
        }
        return nil
    }

    /// What the error says; an array that is not finite may be too large to be copied for it.
    static func failure(
        _ message: String, _ memory: UnsafeRawPointer, _ type: ArrayType, _ first: Int
    ) -> RunError.Kind {
        func read<S: TensorScalar>(_: S.Type) -> (number: Double, wrong: Int) {
            let numbers = UnsafeBufferPointer(
                start: memory.assumingMemoryBound(to: S.self), count: type.count)
            return (numbers[first].doubleValue, numbers.count { !$0.doubleValue.isFinite })
        }
        let (number, wrong) = type.dtype.withScalarType { read($0) }
        return .notFinite(
            message, number: number, at: RowMajor.index(of: first, in: type.shape), wrong: wrong,
            count: type.count)
    }
}
