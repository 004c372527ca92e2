// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Steps that go over the rows of a table alone which were looked up, against steps over the whole table, and
/// against the rules written down once more for one weight.
@Suite struct LazyRowsTests {
    static let (count, width) = (4100, 2)
    /// The rows that each step looks up, some more than once.
    static let looks: [[Int64]] = [
        [3, 700, 3, 4099], [0, 3], [700, 700, 700], [4099, 0, 512, 3], [], [512],
    ]

    /// A rule that is told of no rows.
    final class Whole: Optimizer {
        let rule: any Optimizer
        init(_ rule: any Optimizer) { self.rule = rule }
        var name: String { rule.name }
        var variables: [VariableHandle] { rule.variables }
        func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
            rule.updates(of: variable, gradient: gradient)
        }
        func stepUpdates() -> [Update] { rule.stepUpdates() }
    }

    struct Model {
        let table: Variable<Double>
        let rows = Tensor<Int64>.placeholder(shape: [nil])
        let others = Tensor<Int64>.placeholder(shape: [nil])
        let loss: Tensor<Double>

        init(outOfBounds: IndexMode = .checked) {
            table = Variable(
                "w", shape: [LazyRowsTests.count, LazyRowsTests.width],
                initializer: .randomUniform(from: 0.5, to: 2))
            let first = table.value.gathered(at: rows, outOfBounds: outOfBounds)
            let second = table.value.gathered(at: others, outOfBounds: outOfBounds)
            loss = (first * first).sum() * 0.5 + (second * second * second).sum() * 0.25
        }
    }

    private func trained(
        _ optimizer: any Optimizer, _ engine: TestedEngine, outOfBounds: IndexMode = .checked,
        looks: [[Int64]] = Self.looks, _ others: [[Int64]],
        clipping: Double? = nil
    ) throws -> [[Double]] {
        let model = Model(outOfBounds: outOfBounds)
        let step: Update
        if let clipping {
            let (gradients, _) = clipped(
                try optimizer.computeGradients(model.loss), toGlobalNorm: clipping)
            step = try optimizer.apply(gradients, loss: model.loss.anyTensor)
        } else {
            step = try optimizer.minimize(model.loss)
        }
        let session = engine.session()
        var states = [try session.value(of: model.table).doubles]
        for (rows, others) in zip(looks, others) {
            _ = try session.run(
                step,
                feeding: [
                    model.rows: try NDArray(rows, shape: [rows.count]),
                    model.others: try NDArray(others, shape: [others.count]),
                ])
            states.append(try session.value(of: model.table).doubles)
        }
        for variable in optimizer.variables where variable.shape == model.table.shape {
            states.append(try session.value(of: variable).doubles)
        }
        return states
    }

    @Test(
        "rules that leave other rows alone take large tables row by row, with the same bits",
        arguments: TestedEngine.allCases, [IndexMode.checked, .clamped, .ignored])
    func thriftyRules(_ engine: TestedEngine, _ mode: IndexMode) throws {
        var (looks, others) = (Self.looks, Self.looks.reversed() as [[Int64]])
        if mode != .checked {
            looks[1] += [-1, 4100, 1 << 40]
            others[2] += [4101, 4101]
        }
        for clipping in [nil, 0.75] {
            func states(_ optimizer: any Optimizer) throws -> [[Double]] {
                try trained(
                    optimizer, engine, outOfBounds: mode, looks: looks, others, clipping: clipping)
            }
            // Their norms are sums in another order.
            let tolerance = clipping == nil ? 0 : 1e-14
            let rules: [() -> any Optimizer] = [
                { GradientDescent(learningRate: 0.1) },
                { Adagrad(learningRate: 0.3, initialAccumulator: 0) },
            ]
            let variable = Variable<Double>("v", shape: [1]).handle
            for rule in rules {
                #expect(rule().leavesRowsWithoutGradient(of: variable))
                let (rows, whole) = (try states(rule()), try states(Whole(rule())))
                #expect(rows.count == whole.count)
                for (a, b) in zip(rows, whole) {
                    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * abs($1) })
                }
            }
        }
    }

    @Test(
        "other rules change the rows alone that a step looks up", arguments: TestedEngine.allCases,
        OptimizerTests.rules)
    func lazily(_ engine: TestedEngine, _ rule: OptimizerTests.Rule) throws {
        let none = Self.looks.map { _ in [Int64]() }
        let states = try trained(LazyRows(rule.optimizer()), engine, none)
        var weights = states[0]
        var slots = weights.map { _ in rule.initial }
        for (t, looks) in Self.looks.enumerated() {
            for row in Set(looks) {
                let times = Double(looks.count { $0 == row })
                for place in Int(row) * Self.width..<(Int(row) + 1) * Self.width {
                    let gradient = times * weights[place]
                    weights[place] = rule.step(t + 1, weights[place], gradient, &slots[place])
                }
            }
            let close = zip(weights, states[t + 1]).allSatisfy { abs($0 - $1) <= 1e-12 * abs($0) }
            #expect(close, "step \(t + 1)")
        }
        #expect(states.count == 1 + Self.looks.count + rule.slots.count)
        for (number, slot) in states.dropFirst(1 + Self.looks.count).enumerated() {
            #expect(zip(slots, slot).allSatisfy { abs($0[number] - $1) <= 1e-12 * abs($0[number]) })
        }
    }

    @Test("between its steps a run makes no array of the table's size")
    func memory() throws {
        let (count, width) = (100_000, 16)
        let optimizers: [any Optimizer] = [
            GradientDescent(learningRate: 0.1), Adagrad(learningRate: 0.1), LazyRows(Adam()),
        ]
        for optimizer in optimizers {
            let table = Variable<Float>("w", shape: [count, width], initializer: .constant(1))
            let rows = Tensor<Int64>.placeholder(shape: [64])
            let loss = embeddingLookup(table.value, at: rows).sum()
            let step = try optimizer.minimize(loss)
            let plan = try TestedEngine.cpu.session().explain(
                [step, loss], feeding: [rows: NDArray([Int64](repeating: 1, count: 64))])
            let arena = try #require(plan.firstMatch(of: #/arena of (\d+) bytes/#)).1
            #expect(try #require(Int(arena)) < count * width * 4 / 10, "\(optimizer.name)")
        }
    }

    @Test("a rule that needs the whole table, and what stands around others, are errors")
    func errors() {
        let model = Model()
        let muon = LazyRows(Muon(learningRate: 0.1, others: GradientDescent(learningRate: 0.1)))
        let around = LazyRows(Lookahead(Adam()))
        #expect {
            try around.minimize(model.loss)
        } throws: { "\($0)".contains("write Lookahead(LazyRows(...))") }
        #expect {
            try muon.minimize(model.loss)
        } throws: { "\($0)".contains("needs all of 'w' and not only rows") }
    }

    @Test("a table that is not only looked up is changed as a whole")
    func mixed() throws {
        let table = Variable<Double>("w", shape: [Self.count, 2], initializer: .constant(2))
        let rows = Tensor(AnyTensor.constant(NDArray([5] as [Int64]))) as Tensor<Int64>
        let loss = table.value.gathered(at: rows).sum() + table.value.sum()
        let step = try GradientDescent(learningRate: 0.5).minimize(loss)
        let session = Session()
        _ = try session.run(step)
        let values = try session.value(of: table).doubles
        #expect(values[10..<12] == [1, 1])
        #expect(values[..<10].allSatisfy { $0 == 1.5 } && values[12...].allSatisfy { $0 == 1.5 })
    }
}
