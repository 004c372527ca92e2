// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

// What goes to the host leaves the memory of the run, which is used again: as arrays of its own.

extension KernelSelection {
    func hostCall(_ index: Int, _ call: HostCall) -> Recipe {
        onHost(index) { arrays, results, frame, error in
            try call.run(
                arrays, results, record: frame.host, control: frame.control, error: error)
        }
    }

    func strings(_ index: Int, _ operation: StringOperation) -> Recipe {
        onHost(index) { arrays, results, frame, error in
            try operation.run(
                arrays, results, record: frame.host, control: frame.control, error: error)
        }
    }

    /// The recipe of an instruction that `body` does, which takes arrays and gives new ones.
    private func onHost(
        _ index: Int,
        _ body:
            @escaping (
                [NDArray], _ results: [ArrayType], Frame, _ error: (RunError.Kind) -> RunError
            ) throws -> [NDArray]
    ) -> Recipe {
        let instruction = program.instructions[index]
        let operands = instruction.inputs.map { program.values[$0] }
        let results = instruction.outputs.map { program.values[$0] }
        return recipe(
            index,
            .frame { frame, arguments, step in
                let arrays = try operands.enumerated().map { position, type in
                    try Self.array(type, copying: arguments[position], step, frame)
                }
                let given = try Self.outsideOfKernels(frame) {
                    try body(arrays, results, frame) { step.error($0, in: frame.plan.program) }
                }
                for (position, (array, type)) in zip(given, results).enumerated() {
                    copy(
                        array.storage.address, to: arguments[operands.count + position],
                        type.byteCount)
                }
            })
    }

    func emit(_ index: Int, _ name: String, isString: Bool) -> Recipe {
        let type = inputType(index, 1)
        return recipe(
            index,
            .frame { frame, arguments, step in
                try frame.host?.emit(name, isString: isString) {
                    try Self.array(type, copying: arguments[1], step, frame)
                }
                arguments[2].storeBytes(of: arguments.load(0, as: Int64.self) &+ 1, as: Int64.self)
            })
    }

    /// A copy that outlives the step.
    static func array(
        _ type: ArrayType, copying memory: UnsafeRawPointer, _ step: Step, _ frame: Frame
    ) throws -> NDArray {
        let array = try newArray(type, step, frame)
        copy(memory, to: array.storage.address, type.byteCount)
        return array
    }

    /// What kernels set for their thread is the host's own again while `body` runs; it may run kernels
    /// itself.
    private static func outsideOfKernels<R>(_ frame: Frame, _ body: () throws -> R) rethrows -> R {
        let floatControl = weft_denormals_set(0)
        defer { weft_denormals_restore(floatControl) }
        guard let control = frame.control else { return try body() }
        weft_stop_watch(nil, -1)
        defer { weft_stop_watch(control.stopFlag, control.nanosecondsLeft ?? -1) }
        return try body()
    }
}
