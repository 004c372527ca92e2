// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

/// One operand of a product as a batch of matrices.
private struct MatrixLayout {
    var value: Int
    /// Whether the matrices lie in memory the other way round.
    var isTransposed: Bool
    /// One matrix for the whole batch.
    var isShared: Bool
    /// How the array must be permuted first; nil when it can be read as it is.
    var permutation: [Int]?
    var shape: [Int]
}

extension KernelSelection {
    /// A product, with what follows it when `index` is the end of an epilogue.
    func dot(_ index: Int) throws -> Recipe? {
        let epilogue = draft.epilogues[Int32(index)]
        let product = epilogue.map { Int($0.product) } ?? index
        guard case .dot(let dimensions) = program.instructions[product].primitive else {
            return nil
        }
        let (lhs, rhs) = (inputType(product, 0), inputType(product, 1))
        let result = outputType(product)
        guard result.count > 0 else { return nil }
        let freeAxes = { (shape: [Int], taken: [Int]) in
            shape.indices.filter { !taken.contains($0) }
        }
        let lhsFree = freeAxes(lhs.shape, dimensions.lhsContracting + dimensions.lhsBatch)
        let rhsFree = freeAxes(rhs.shape, dimensions.rhsContracting + dimensions.rhsBatch)
        var size = ProductSize(
            types: ProductTypes(lhs: lhs.dtype, rhs: rhs.dtype, result: result.dtype),
            batch: dimensions.lhsBatch.map { lhs.shape[$0] }.volume,
            m: lhsFree.map { lhs.shape[$0] }.volume, n: rhsFree.map { rhs.shape[$0] }.volume,
            k: dimensions.lhsContracting.map { lhs.shape[$0] }.volume)
        if size.k == 0 { return zeros(index) }

        // The order of summed axes is ours to choose: one that spares copies.
        let pairs = Array(zip(dimensions.lhsContracting, dimensions.rhsContracting))
        let orders = [pairs, pairs.sorted { $0.0 < $1.0 }, pairs.sorted { $0.1 < $1.1 }]
        let layouts = orders.map { order in
            (
                layout(.lhs, product, dimensions.lhsBatch, lhsFree, order.map(\.0)),
                layout(.rhs, product, dimensions.rhsBatch, rhsFree, order.map(\.1))
            )
        }
        func copies(_ pair: (MatrixLayout, MatrixLayout)) -> Int {
            (pair.0.permutation == nil ? 0 : 1) + (pair.1.permutation == nil ? 0 : 1)
        }
        guard var (a, b) = layouts.min(by: { copies($0) < copies($1) }) else { return nil }
        if b.isShared, !a.isShared, !a.isTransposed || size.m == 1 {
            // One tall matrix instead of a batch.
            size.m *= size.batch
            size.batch = 1
            (a.isTransposed, b.isShared) = (false, false)
        }
        return try productRecipe(index, product, epilogue, size, a, b)
    }

    private func layout(
        _ side: ProductSide, _ product: Int, _ batch: [Int], _ free: [Int], _ contracting: [Int]
    ) -> MatrixLayout {
        let input = program.instructions[product].inputs[side == .lhs ? 0 : 1]
        let pair = draft.productOperands[Int32(product)]
        let operand =
            (side == .lhs ? pair?.lhs : pair?.rhs)
            ?? ProductOperand(value: input, axes: Array(program.values[input].shape.indices))
        let shape = program.values[operand.value].shape
        let place = { (axes: [Int]) in axes.map { operand.axes[$0] }.filter { $0 >= 0 } }
        let (b, f, c) = (place(batch), place(free), place(contracting))
        let straight = side == .lhs ? b + f + c : b + c + f
        let turned = side == .lhs ? b + c + f : b + f + c
        func isAscending(_ axes: [Int]) -> Bool {
            let real = axes.filter { shape[$0] != 1 }
            return zip(real, real.dropFirst()).allSatisfy { $0 < $1 }
        }
        var result = MatrixLayout(
            value: Int(draft.root[operand.value]), isTransposed: false,
            isShared: operand.isShared, permutation: nil, shape: shape)
        if isAscending(straight) { return result }
        if isAscending(turned) {
            result.isTransposed = true
        } else {
            // Axes of the array that are in none of the lists have one element.
            result.permutation = shape.indices.filter { !straight.contains($0) } + straight
        }
        return result
    }

    /// A sum over nothing.
    private func zeros(_ index: Int) -> Recipe? {
        let bytes = outputType(index).byteCount
        var result = kernel(index) { arguments in
            _ = arguments[0].initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            return WEFT_OK
        }
        result?.inputs = []
        return result
    }

    private func productRecipe(
        _ index: Int, _ product: Int, _ epilogue: DotEpilogue?, _ size: ProductSize,
        _ a: MatrixLayout, _ b: MatrixLayout
    ) throws -> Recipe {
        var recipe = recipe(product, flops: size.flops, .kernel { _ in WEFT_OK })
        recipe.inputs = [a.value, b.value]
        var places = ProductPlaces(a: 0, b: 1)
        if let bias = epilogue?.bias {
            places.bias = recipe.inputs.count
            recipe.inputs.append(Int(bias))
        }
        if let addend = epilogue?.addend {
            places.addend = recipe.inputs.count
            recipe.inputs.append(Int(addend))
        }
        places.c = recipe.inputs.count
        recipe.outputs = [program.instructions[index].outputs[0]]
        if let epilogue {
            recipe.members = [epilogue.product] + epilogue.additions
            if epilogue.additions.last != Int32(index) { recipe.members.append(Int32(index)) }
        }
        var movers: [(from: Int, to: Int, move: Mover)] = []
        for (position, matrix) in [a, b].enumerated() {
            guard let permutation = matrix.permutation else { continue }
            let bytes = (position == 0 ? size.types.lhs : size.types.rhs).size
            guard let move = transposition(matrix.shape, permutation, size: bytes) else {
                throw unsupported(product, "operands of \(matrix.shape.count) axes")
            }
            let place = recipe.inputs.count + 1 + recipe.workspaces.count
            recipe.workspaces.append(matrix.shape.volume * bytes)
            movers.append((position, place, move))
            if position == 0 { places.a = place } else { places.b = place }
        }
        let run: FrameStep.Body
        if let vendor = vendorProduct(size, a, b, epilogue) {
            run = Self.vendorBody(vendor, places)
            recipe.usesVendor = true
            recipe.scratchBytes = vendor.scratchBytes
            if vendor.mayPack, b.permutation == nil, isSteady(b.value) {
                recipe.packing = Recipe.Packing(input: 1, weights: vendor)
            }
        } else {
            run = try ownBody(size, a, b, epilogue, places, product)
        }
        recipe.body = .frame(
            movers.isEmpty
                ? run
                : { frame, arguments, step in
                    for mover in movers {
                        let status = mover.move(arguments[mover.from], arguments[mover.to])
                        if status != WEFT_OK { throw frame.failure(of: step, status) }
                    }
                    try run(frame, arguments, step)
                })
        return recipe
    }

    // MARK: oneDNN

    private func vendorProduct(
        _ size: ProductSize, _ a: MatrixLayout, _ b: MatrixLayout, _ epilogue: DotEpilogue?
    ) -> VendorProduct? {
        compiler.kernels.product(
            VendorProduct.Spec(
                size: size, transposesA: a.isTransposed, transposesB: b.isTransposed,
                broadcastsA: a.isShared, broadcastsB: b.isShared, hasBias: epilogue?.bias != nil,
                hasAddend: epilogue?.addend != nil, hasRelu: epilogue?.hasRelu == true))
    }

    private static func vendorBody(
        _ vendor: VendorProduct, _ places: ProductPlaces
    ) -> FrameStep.Body {
        { frame, arguments, step in
            let bias = places.bias.map { UnsafeRawPointer(arguments[$0]) }
            let addend = places.addend.map { UnsafeRawPointer(arguments[$0]) }
            let status = vendor.run(
                arguments[places.a], arguments[places.b], packed: frame.packedWeights(of: step),
                bias: bias, addend: addend, arguments[places.c])
            if status != WEFT_DNN_OK {
                throw KernelFailure.vendorError(step, status, in: frame.plan.program)
            }
        }
    }

    // MARK: Own kernel

    private func ownBody(
        _ size: ProductSize, _ a: MatrixLayout, _ b: MatrixLayout, _ epilogue: DotEpilogue?,
        _ places: ProductPlaces, _ index: Int
    ) throws -> FrameStep.Body {
        let types = size.types
        let (m, n, k) = (Int64(size.m), Int64(size.n), Int64(size.k))
        let (turnA, turnB): (Int32, Int32) = (a.isTransposed ? 1 : 0, b.isTransposed ? 1 : 0)
        // A shared matrix is one that does not advance along the batch.
        let calls = a.isShared || b.isShared ? size.batch : 1
        let stepA = a.isShared ? 0 : size.m * size.k * types.lhs.size
        let stepB = b.isShared ? 0 : size.k * size.n * types.rhs.size
        let stepC = size.m * size.n * types.result.size
        let batch = Int64(calls == 1 ? size.batch : 1)
        let after = try epilogue.map { try epilogueTile($0, size, index) }
        return { frame, arguments, step in
            for i in 0..<calls {
                let status = weft_dot(
                    types.lhs.kernelType, types.rhs.kernelType, types.result.kernelType, batch, m,
                    n,
                    k, turnA, turnB, arguments[places.a] + i * stepA,
                    arguments[places.b] + i * stepB, arguments[places.c] + i * stepC)
                if status != WEFT_OK { throw frame.failure(of: step, status) }
            }
            guard let after else { return }
            var inputs = [UnsafeRawPointer?(arguments[places.c])]
            for place in [places.bias, places.addend] {
                if let place { inputs.append(UnsafeRawPointer(arguments[place])) }
            }
            let outputs = [UnsafeMutableRawPointer?(arguments[places.c])]
            let status = weft_tile_run(after.handle, inputs, outputs)
            if status != WEFT_OK { throw frame.failure(of: step, status) }
        }
    }

    /// What follows a product that oneDNN does not do, in place.
    private func epilogueTile(
        _ epilogue: DotEpilogue, _ size: ProductSize, _ index: Int
    ) throws -> TileProgram {
        let dtype = size.types.result
        var tile = TileBuilder(over: [size.batch * size.m, size.n])
        var value = tile.input(dtype, strides: [size.n, 1])
        var terms: [UInt16] = []
        if epilogue.bias != nil { terms.append(tile.input(dtype, strides: [0, 1])) }
        if epilogue.addend != nil { terms.append(tile.input(dtype, strides: [size.n, 1])) }
        for term in terms {
            value = tile.append(WEFT_OP_ADD, dtype, to: dtype, value, term)
        }
        if epilogue.hasRelu { value = tile.append(WEFT_OP_RELU, dtype, to: dtype, value) }
        guard let handle = tile.create(outputs: [value]) else {
            throw unsupported(index, "elements of type \(dtype)")
        }
        return TileProgram(owning: handle)
    }
}

/// Where the arrays of a product are among the arguments.
private struct ProductPlaces {
    var a: Int
    var b: Int
    var bias: Int?
    var addend: Int?
    var c = 0
}
