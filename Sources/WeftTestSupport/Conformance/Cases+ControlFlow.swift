// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    mutating func addControlFlow() {
        for dtype in DType.programTypes {
            var random = TestRandom("control flow \(dtype)")
            addConditionals(dtype, &random)
            addChecks(dtype, &random)
            guard dtype.isNumeric else { continue }
            addLoops(dtype, &random)
            addScans(dtype, &random)
        }
    }

    private mutating func addConditionals(_ dtype: DType, _ random: inout TestRandom) {
        let shape = [2, 3]
        let first = ProgramBuilder()
        let a = (first.input(dtype, shape), first.input(dtype, shape))
        let swapped = first.program([a.1, a.0])
        let second = ProgramBuilder()
        let b = (second.input(dtype, shape), second.input(dtype, shape))
        let mirrored = second.add(.reverse(axes: [1]), [b.0], dtype, shape)
        let other = second.program([mirrored, mirrored])
        for predicate in [true, false] {
            let inputs = [
                NDArray(predicate), random.anything(dtype, shape), random.anything(dtype, shape),
            ]
            let types = [ArrayType(dtype, shape), ArrayType(dtype, shape)]
            add(.cond(swapped, other), inputs, types, dtype: dtype, "\(predicate)")
        }
        guard dtype.isInteger else { return }
        // The branch that divides by zero fails only when it is taken.
        let dividing = ProgramBuilder()
        let (x, y) = (dividing.input(dtype, []), dividing.input(dtype, []))
        let quotient = dividing.add(.binary(.divide), [x, y], dtype, [], name: "quotient")
        let safe = ProgramBuilder()
        let kept = (safe.input(dtype, []), safe.input(dtype, []))
        let branches = Primitive.cond(dividing.program([quotient]), safe.program([kept.0]))
        let zero = NDArray.zeros(dtype, [])
        for predicate in [true, false] {
            add(
                branches, [NDArray(predicate), zero, zero], [ArrayType(dtype, [])], dtype: dtype,
                "\(predicate), dividing by zero")
        }
    }

    /// counter, x, step → while counter < limit: counter += 1, x = x + step.
    private mutating func addLoops(_ dtype: DType, _ random: inout TestRandom) {
        let shape = [3]
        func loop(_ limit: Int64, _ maximum: Int?) -> Primitive {
            let condition = ProgramBuilder()
            let counter = condition.input(.int64, [])
            _ = condition.input(dtype, shape)
            _ = condition.input(dtype, shape)
            let bound = condition.constant(NDArray(limit))
            let holds = condition.add(.compare(.less), [counter, bound], .bool, [])
            let body = ProgramBuilder()
            let i = body.input(.int64, [])
            let x = body.input(dtype, shape)
            let step = body.input(dtype, shape)
            let one = body.constant(NDArray(Int64(1)))
            let next = body.add(.binary(.add), [i, one], .int64, [])
            let sum = body.add(.binary(.add), [x, step], dtype, shape)
            return .whileLoop(
                condition: condition.program([holds]), body: body.program([next, sum]), carries: 2,
                maximumIterations: maximum)
        }
        for (limit, maximum) in [(0, nil), (5, nil), (5, 3), (5, 0), (-1, nil), (40, 100)]
            as [(Int64, Int?)]
        {
            // Whole numbers, so that sums are exact in every type.
            let x = random.array(dtype, shape, in: -3...3).rounded()
            let step = random.array(dtype, shape, in: 0...2).rounded()
            add(
                loop(limit, maximum), [NDArray(Int64(0)), x, step],
                [ArrayType(.int64, []), ArrayType(dtype, shape)], dtype: dtype,
                "\(limit) iterations, at most \(maximum.map { "\($0)" } ?? "any")")
        }
    }

    /// carry, xs, scale → carry + x · scale, and its running values.
    private mutating func addScans(_ dtype: DType, _ random: inout TestRandom) {
        for (length, isReversed) in [(0, false), (1, false), (4, false), (4, true), (30, true)] {
            let body = ProgramBuilder()
            let carry = body.input(dtype, [2])
            let x = body.input(dtype, [2])
            let y = body.input(dtype, [])
            let scale = body.input(dtype, [])
            let product = body.add(.binary(.multiply), [x, scale], dtype, [2])
            let next = body.add(.binary(.add), [carry, product], dtype, [2])
            let output = body.add(.binary(.subtract), [next, y], dtype, [2])
            let primitive = Primitive.scan(
                body: body.program([next, output, x]), carries: 1, sequences: 2,
                isReversed: isReversed)
            let inputs = [[2], [length, 2], [length], []].map {
                random.array(dtype, $0, in: 0...2).rounded()
            }
            add(
                primitive, inputs,
                [
                    ArrayType(dtype, [2]), ArrayType(dtype, [length, 2]),
                    ArrayType(dtype, [length, 2]),
                ],
                dtype: dtype, "\(length) slices\(isReversed ? " reversed" : "")")
        }
    }

    private mutating func addChecks(_ dtype: DType, _ random: inout TestRandom) {
        for shape in [[], [0], [2, 3], [1000]] {
            let x = random.anything(dtype, shape)
            add(.check(.finite("must be finite")), [x], [x.type], dtype: dtype, "\(shape)")
            for condition in [true, false] {
                add(
                    .check(.condition("must hold")), [x, NDArray(condition)], [x.type],
                    dtype: dtype, "\(shape) \(condition)")
                add(
                    .check(.condition(CheckMessage("must hold", names: ["x"], mostElements: 4))),
                    [x, NDArray(condition), x], [x.type], dtype: dtype,
                    "\(shape) \(condition), shown")
            }
        }
        if dtype == .int64 {
            for (numbers, bound) in [
                ([0, 6, 3], 7), ([0, 7, 9], 7), ([-1], 7), ([], 0), ([0], -1),
            ] {
                let x = NDArray(numbers.map(Int64.init))
                add(
                    .check(.inRange("must be a class")), [x, NDArray(Int64(bound))], [x.type],
                    dtype: dtype, "\(numbers) below \(bound)")
            }
        }
        guard dtype.isFloatingPoint else { return }
        for value in [Double.nan, .infinity, -.infinity] {
            let x = random.array(dtype, [7, 33]).salted(with: [value], every: 200)
            add(.check(.finite("must be finite")), [x], [x.type], dtype: dtype, "with \(value)")
        }
        let large = NDArray.from([NDArray.greatest(dtype), 0], dtype)
        add(.check(.finite("must be finite")), [large], [large.type], dtype: dtype, "the greatest")
    }
}
