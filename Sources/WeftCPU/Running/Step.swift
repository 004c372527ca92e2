// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// Where the arrays of a run are: an address for each slot of its plan.
typealias Slots = UnsafeMutablePointer<UnsafeMutableRawPointer>

/// The arrays of one step, by position: inputs, then outputs, then workspaces.
struct Arguments {
    let slots: Slots
    let operands: UnsafePointer<Int32>

    @inline(__always)
    subscript(position: Int) -> UnsafeMutableRawPointer { slots[Int(operands[position])] }

    @inline(__always)
    func load<T>(_ position: Int, as type: T.Type = T.self) -> T {
        self[position].assumingMemoryBound(to: T.self).pointee
    }
}

/// What a step is expected to cost.
struct Work {
    var nanoseconds: Double = 0
    /// Read and written.
    var bytes: Int = 0
    var flops: Double = 0
}

/// One entry of a plan: a kernel with everything resolved.
///
/// Immutable once the plan is made; many runs execute it at once.
class Step {
    /// The slots of the arguments; a list's is its number among the lists. Owned by the plan.
    final let operands: UnsafePointer<Int32>
    /// The instructions that the step does, by number.
    final let members: [Int32]
    final let work: Work
    /// The number of the step's weights among those of the plan that may be packed; −1 without.
    final let packing: Int

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>) {
        self.operands = operands
        members = recipe.members
        work = recipe.work
        packing = recipe.packing?.number ?? -1
    }

    func run(_ frame: Frame) throws {}

    /// The numbers of the plans of the step's branches and bodies.
    var children: [Int] { [] }

    /// What the step is called in messages, given the program it comes from.
    final func label(_ program: Program) -> String {
        guard members.count > 1 else {
            return members.first.map { program.instructions[Int($0)].label } ?? "step"
        }
        let shown = members.prefix(6).map { program.instructions[Int($0)].primitive.summary }
        let rest = members.count > shown.count ? ", ... \(members.count)" : ""
        var places: [String] = []
        for member in members {
            let place = program.instructions[Int(member)].origin.place
            if !place.isEmpty, !places.contains(place) { places.append(place) }
        }
        let named = places.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        let more = places.count > 3 ? " and \(places.count - 3) more" : ""
        return "fused(\(shown.joined(separator: ", "))\(rest))"
            + (named.isEmpty ? "" : " \(named)\(more)")
    }

    /// An error of the step: what failed, what happened, what to do.
    final func error(_ kind: RunError.Kind, in program: Program) -> RunError {
        let origins = members.reversed().map { program.instructions[Int($0)].origin }
        var subject = label(program)
        // The parts of one function are called by its name.
        if let function = origins.first?.function, origins.allSatisfy({ $0.function == function }) {
            subject =
                members.count > 1
                ? "\(function) (its \(subject))"
                : origins[0].subject(program.instructions[Int(members[0])].primitive.summary)
        }
        return RunError(kind, of: subject, site: origins.lazy.compactMap(\.site).first)
    }

    final func error(_ code: RunError.Code, _ reason: String, in program: Program) -> RunError {
        error(.other(code, reason), in: program)
    }
}

/// A call of one structured kernel.
final class KernelStep: Step {
    typealias Kernel = (Arguments) -> weft_status
    private let kernel: Kernel

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ kernel: @escaping Kernel) {
        self.kernel = kernel
        super.init(recipe, operands)
    }

    override func run(_ frame: Frame) throws {
        let status = kernel(Arguments(slots: frame.slots, operands: operands))
        if status != WEFT_OK { throw frame.failure(of: self, status) }
    }
}

/// A step that needs more of the run than addresses: lists, checks that explain themselves.
final class FrameStep: Step {
    typealias Body = (Frame, Arguments, Step) throws -> Void
    private let body: Body

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ body: @escaping Body) {
        self.body = body
        super.init(recipe, operands)
    }

    override func run(_ frame: Frame) throws {
        try body(frame, Arguments(slots: frame.slots, operands: operands), self)
    }
}

/// A fused group of elementwise instructions.
final class TileStep: Step {
    private let tile: TileProgram
    private let inputs: Int
    private let outputs: Int

    init(_ recipe: Recipe, _ operands: UnsafePointer<Int32>, _ tile: TileProgram) {
        self.tile = tile
        inputs = recipe.inputs.count
        outputs = recipe.outputs.count
        super.init(recipe, operands)
    }

    override func run(_ frame: Frame) throws {
        let (slots, pointers) = (frame.slots, frame.pointers)
        for i in 0..<inputs + outputs { pointers[i] = slots[Int(operands[i])] }
        let status = pointers.withMemoryRebound(to: UnsafeRawPointer?.self, capacity: inputs) {
            weft_tile_run(tile.handle, $0, pointers + inputs)
        }
        if status != WEFT_OK { throw frame.failure(of: self, status) }
    }
}

/// Owns a tile program.
final class TileProgram {
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { weft_tile_destroy(handle) }
}
