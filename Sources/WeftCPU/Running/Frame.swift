// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// The memory of one run of a plan: the arena and the table of addresses. Used again and again, by
/// one run at a time.
final class Frame {
    let plan: Plan
    let slots: Slots
    /// Room for the arguments of a tile program.
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    // One run at a time uses a frame, and no access to these spans a step: checking that costs as
    // much as a small kernel.
    @exclusivity(unchecked) var lists: [[NDArray?]]
    /// Lets other threads stop the run; nil outside runs and when nobody asked for it.
    @exclusivity(unchecked) var control: RunControl?
    /// What the run does to its host; nil outside runs and when nobody asked for it.
    @exclusivity(unchecked) var host: HostRecord?
    /// Measures the steps of a profiled run; nil otherwise.
    @exclusivity(unchecked) var recorder: StepRecorder?
    /// By weights that may be packed: their copies, nil where a step is to read them as they are.
    @exclusivity(unchecked) private var packed: [Storage?]
    /// Memory of copies that were of use in an earlier loop.
    @exclusivity(unchecked) private var idleCopies: [Storage?]
    private let arena: Storage
    @exclusivity(unchecked) private var children: [Frame?]

    /// - Throws: `MemoryShortage` when there is no memory for the arena.
    init(_ plan: Plan) throws(MemoryShortage) {
        arena = try Storage(allocating: plan.arenaBytes + 64)
        self.plan = plan
        slots = .allocate(capacity: plan.slotCount + 1)
        pointers = .allocate(capacity: plan.pointerCount + 1)
        pointers.initialize(repeating: nil, count: plan.pointerCount + 1)
        lists = Array(repeating: [], count: plan.listCount)
        children = Array(repeating: nil, count: plan.children.count)
        packed = Array(repeating: nil, count: plan.packings.count)
        idleCopies = packed
        // Nothing reads a slot before it is set; a stray one would read the arena, not the wild.
        slots.initialize(repeating: arena.address, count: plan.slotCount + 1)
        for (i, constant) in plan.constants.enumerated() {
            slots[plan.inputCount + i] = constant.storage.address
        }
        for (slot, offset) in plan.arenaSlots { slots[slot] = arena.address + offset }
    }

    deinit {
        slots.deallocate()
        pointers.deallocate()
    }

    /// Memory for the result of a condition.
    var scalar: UnsafeMutableRawPointer { arena.address + plan.arenaBytes }

    /// Memory for the random state of a run.
    var randomState: UnsafeMutableRawPointer { scalar + 16 }

    /// The frame of a branch or loop body, made when it is first needed.
    ///
    /// - Throws: `RunError` when there is no memory for it.
    func child(_ index: Int) throws -> Frame {
        let frame: Frame
        if let existing = children[index] {
            frame = existing
        } else {
            frame = try plan.children[index].makeFrame()
            children[index] = frame
        }
        frame.control = control
        frame.recorder = recorder
        frame.host = host
        return frame
    }

    /// Runs the steps. Inputs and the memory for results are in their slots.
    func execute() throws {
        if let recorder { return try recorder.execute(self) }
        if let control { return try execute(control) }
        let (steps, count) = (plan.stepList, plan.steps.count)
        for i in 0..<count { try steps[i]._withUnsafeGuaranteedRef { try $0.run(self) } }
    }

    /// Runs the steps while `control` lets it.
    private func execute(_ control: RunControl) throws {
        let (steps, count) = (plan.stepList, plan.steps.count)
        do {
            for i in 0..<count {
                if i & 15 == 0 { try control.check() }
                try steps[i]._withUnsafeGuaranteedRef { try $0.run(self) }
                // A step that was stopped leaves its results unfinished; nobody may read them.
                if control.isStopping { try control.check() }
            }
        } catch {
            // What a stopped step made of unfinished results is no failure of the step's.
            if control.isStopping { try control.check() }
            throw error
        }
    }

    /// What `step` is to read instead of its weights.
    @inline(__always)
    func packedWeights(of step: Step) -> UnsafeRawPointer? {
        step.packing < 0 ? nil : packed[step.packing].map { UnsafeRawPointer($0.address) }
    }

    /// Uses a copy of the weights of this number until `endRun`.
    func lend(_ copy: Storage, _ number: Int) { packed[number] = copy }

    /// Lets go of what is a run's own, so that nothing of it outlives the run.
    func endRun() {
        forgetRun()
        if plan.listCount > 0 { clearLists() }
        if !plan.packings.isEmpty { returnCopies() }
    }

    private func forgetRun() {
        guard control != nil || recorder != nil || host != nil else { return }
        control = nil
        recorder = nil
        host = nil
        for child in children { child?.forgetRun() }
    }

    private func returnCopies() {
        for i in packed.indices { packed[i] = nil }
    }

    /// Packs the weights of a loop's body, for the rest of the loop.
    func packWeights() {
        for (i, packing) in plan.packings.enumerated() where packed[i] == nil {
            let bytes = packing.weights.packedBytes
            guard bytes > 0 else { continue }
            guard let copy = idleCopies[i] ?? (try? Storage(allocating: bytes)) else { continue }
            idleCopies[i] = copy
            guard packing.weights.pack(slots[packing.slot], into: copy.address) else { continue }
            // A run that is stopped leaves off where it is.
            if control?.isStopping != true { packed[i] = copy }
        }
    }

    /// Forgets the copies of a loop's inputs, which the next one may find changed.
    func forgetInputCopies() {
        for (i, packing) in plan.packings.enumerated() where packing.slot < plan.inputCount {
            packed[i] = nil
        }
    }

    func clearLists() {
        for i in lists.indices where !lists[i].isEmpty { lists[i] = [] }
    }

    /// Takes a list out of the frame, so that who changes it holds the only reference.
    func takeList(_ index: Int) -> [NDArray?] {
        var list: [NDArray?] = []
        swap(&list, &lists[index])
        return list
    }

    func failure(of step: Step, _ status: weft_status) -> RunError {
        KernelFailure.error(step, status, in: plan.program)
    }
}
