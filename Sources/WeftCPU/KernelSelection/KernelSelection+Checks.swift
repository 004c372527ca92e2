// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

// Checks read what they check where it lies, and stop the run.

extension KernelSelection {
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
                    throw step.error(
                        try message.failure(showing: arrays, of: frame.host),
                        in: frame.plan.program)
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
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .complex64,
            .complex128, .string, .list:
            nil
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
