// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A step before memory is given to its arrays.
struct Recipe {
    enum Body {
        case kernel(KernelStep.Kernel)
        case frame(FrameStep.Body)
        case tile(TileProgram)
        case rows(RowProgram)
        case cond(CondRule)
        case whileLoop(WhileRule)
        case scan(ScanRule)
        case call(CallRule)
    }

    /// Weights that may be packed.
    struct Packing {
        /// Their position among the inputs.
        var input: Int
        var weights: any PackableWeights
        /// The number among the plan's.
        var number = -1
    }

    /// The instructions that the step does.
    var members: [Int32]
    /// The values whose memory is read, and those that are written, in the order of the arguments.
    var inputs: [Int]
    var outputs: [Int]
    /// The sizes of temporary memory, in bytes; they come last among the arguments.
    var workspaces: [Int] = []
    /// What the kernel itself takes while it runs, in bytes, where that grows with the arrays.
    var scratchBytes = 0
    var inPlace = InPlace.pairs([])
    var work: Work
    var body: Body
    /// Whether oneDNN runs, which takes threads by itself.
    var usesVendor = false
    var packing: Packing?

    /// Which outputs may take the memory of which inputs, if those are as large and read last here.
    enum InPlace {
        /// By their positions.
        case pairs([(input: Int, output: Int)])
        /// Each output that of any of the inputs at these positions.
        case anyOf([Int])

        /// The positions of the inputs.
        var inputs: [Int] {
            switch self {
            case .pairs(let pairs): pairs.map(\.input)
            case .anyOf(let inputs): inputs
            }
        }

        func allows(_ output: Int, from input: Int) -> Bool {
            switch self {
            case .pairs(let pairs): pairs.contains { $0 == (input, output) }
            case .anyOf: true
            }
        }
    }

    func makeStep(_ operands: UnsafePointer<Int32>) -> Step {
        switch body {
        case .kernel(let kernel): KernelStep(self, operands, kernel)
        case .frame(let body): FrameStep(self, operands, body)
        case .tile(let tile): TileStep(self, operands, tile)
        case .rows(let rows): RowStep(self, operands, rows)
        case .cond(let rule): CondStep(self, operands, rule)
        case .whileLoop(let rule): WhileStep(self, operands, rule)
        case .scan(let rule): ScanStep(self, operands, rule)
        case .call(let rule): CallStep(self, operands, rule)
        }
    }
}
