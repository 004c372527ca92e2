// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a session runs for ``LBFGS``: all that is as large as the variables stays in it.
struct LBFGSRuns: Sendable {
    /// The loss and its gradient g where the variables are.
    struct Place {
        /// How far along the direction.
        var step = 0.0
        var loss: Double
        /// g · d.
        var slope: Double
        /// The greatest |gᵢ|.
        var greatest: Double
        /// Σ |gᵢ|.
        var sum: Double
    }

    /// A direction d.
    struct Direction {
        /// g · d.
        var slope: Double
        /// The greatest |dᵢ|.
        var greatest: Double
        /// Whether it is the first one of all.
        var isFirst: Bool
    }

    private let slots = OptimizerSlots(of: "LBFGS")
    private let length: AnyTensor
    private let measure: [AnyTensor]
    private let turn: [AnyTensor]
    private let move: [AnyTensor]

    var variables: [VariableHandle] { slots.all }

    init(
        of loss: AnyTensor, _ wanted: [VariableHandle]?, history: Int, name: String
    ) throws {
        let loss = try loss.validated()
        guard loss.shape.rank ?? 0 == 0 else {
            throw GraphError(operation: name, .wrongRank("the loss", loss.type, wanted: 0...0))
        }
        let all = wanted ?? trainableVariables(of: loss)
        let found = try gradients(of: [loss], withRespectTo: all.map(\.value))
        let pairs = zip(found, all).compactMap { gradient, variable in
            gradient.map { (gradient: $0.widened, variable: variable) }
        }
        guard let first = pairs.first else {
            throw GraphError(
                operation: name, reason: "the loss depends on none of the variables to change")
        }
        if let other = pairs.first(where: { $0.variable.dtype.isComplex }) {
            throw GraphError(
                operation: name,
                reason: "variable '\(other.variable.name)' is of \(other.variable.dtype), and the "
                    + "method is for real numbers: keep both parts in variables of their own")
        }
        let handles = pairs.map(\.variable)
        let slots = slots
        func slot(_ part: String, _ shape: [Int]? = nil) -> [VariableHandle] {
            handles.map { variable in
                slots.slot(
                    "\(name)_\(part)", of: variable, shape: shape.map { $0 + variable.shape })
            }
        }
        let (origin, gradient, direction) = (slot("origin"), slot("gradient"), slot("direction"))
        let length = AnyTensor.placeholder(.float64, shape: [], name: "\(name)/length")
        self.length = length

        let now = pairs.map(\.gradient)
        measure =
            [
                loss.cast(to: .float64), Self.dot(now, direction.map(\.value)),
                Self.greatest(now), Self.total(now.map { abs($0).sum() }),
            ] + zip(gradient, now).map { $0.assign($1).anyTensor }

        let step = slots.scalar("\(name)/length", as: .float64)
        let turning = Turning(
            gradient: gradient, before: slot("gradient_before"), direction: direction,
            steps: slot("steps", [history]), changes: slot("changes", [history]),
            weights: slots.slot("\(name)_weights", of: first.variable, shape: [history]),
            scale: slots.scalar("\(name)/scale", as: .float64, initial: 1),
            count: slots.scalar("\(name)/iterations", as: .int64), step: step)
        turn =
            turning.fetches
            + zip(origin, handles).map { $0.assign($1.value.widened).anyTensor }

        let isNone = length .== 0
        move =
            zip(handles, zip(origin, direction)).map { variable, slots in
                let (start, d) = (slots.0.value, slots.1.value)
                let place = start + d * length.cast(to: d.dtype)
                return variable.assign(select(isNone, start, place).cast(to: variable.dtype))
                    .anyTensor
            } + [step.assign(length).anyTensor]
        for tensor in measure + turn + move { try tensor.validated() }
    }

    /// Σ aᵢ · bᵢ over all variables.
    static func dot(_ a: [AnyTensor], _ b: [AnyTensor]) -> AnyTensor {
        total(zip(a, b).map { ($0 * $1).sum() })
    }

    static func total(_ parts: [AnyTensor]) -> AnyTensor {
        let wide = parts.map { $0.cast(to: .float64) }
        return wide.dropFirst().reduce(wide[0], +)
    }

    static func greatest(_ parts: [AnyTensor]) -> AnyTensor {
        let wide = parts.map { abs($0).max().cast(to: .float64) }
        return wide.dropFirst().reduce(wide[0]) { maximum($0, $1) }
    }
}

/// The next direction, from the gradients here and before, and the changes that are remembered.
private struct Turning {
    let gradient: [VariableHandle]
    let before: [VariableHandle]
    let direction: [VariableHandle]
    /// The last changes of the variables, s, and of their gradients, y; the newest stand last.
    let steps: [VariableHandle]
    let changes: [VariableHandle]
    /// 1 / (y · s) of each; 0 where there is none yet.
    let weights: VariableHandle
    /// What the identity is multiplied by, which stands for what is not remembered.
    let scale: VariableHandle
    let count: VariableHandle
    let step: VariableHandle

    /// g · d, the greatest |dᵢ|, how many directions there were, and the updates.
    var fetches: [AnyTensor] {
        let g = gradient.map(\.value)
        let y = zip(g, before).map { $0 - $1.value }
        let s = direction.map { $0.value * step.value.cast(to: $0.dtype) }
        let (ys, yy) = (LBFGSRuns.dot(y, s), LBFGSRuns.dot(y, y))
        let isKept = ys .> 1e-10
        let safe = select(isKept, ys, .scalar(1, .float64))
        let nextSteps = zip(steps, s).map { Self.pushed($0, $1, isKept) }
        let nextChanges = zip(changes, y).map { Self.pushed($0, $1, isKept) }
        let weight = Self.pushed(weights, (1 / safe).cast(to: weights.dtype), isKept)
        let scaling = select(isKept, ys / select(isKept, yy, .scalar(1, .float64)), scale.value)
        let d = Self.product(g.map { -$0 }, nextSteps, nextChanges, weight, scaling)

        let assignments =
            zip(before, g).map { $0.assign($1) } + zip(direction, d).map { $0.assign($1) }
            + zip(steps, nextSteps).map { $0.assign($1) }
            + zip(changes, nextChanges).map { $0.assign($1) }
            + [
                weights.assign(weight), scale.assign(scaling),
                count.assign(count.value + .scalar(1, .int64)),
            ]
        return [LBFGSRuns.dot(g, d), LBFGSRuns.greatest(d), count.value.cast(to: .float64)]
            + assignments.map(\.anyTensor)
    }

    /// The rows with one more at the end, the first one being dropped, if it is to be kept.
    private static func pushed(
        _ rows: VariableHandle, _ row: AnyTensor, _ isKept: AnyTensor
    ) -> AnyTensor {
        let all = rows.value
        let next = AnyTensor.concatenated([all[1...], row.expandingDimension(at: 0)], axis: 0)
        return select(isKept, next, all)
    }

    /// The approximate inverse of the second derivatives times q: the two loops of Nocedal 1980.
    private static func product(
        _ q: [AnyTensor], _ steps: [AnyTensor], _ changes: [AnyTensor], _ weights: AnyTensor,
        _ scale: AnyTensor
    ) -> [AnyTensor] {
        let count = q.count
        func add(_ x: [AnyTensor], _ rows: [AnyTensor], _ factor: AnyTensor) -> [AnyTensor] {
            zip(x, rows).map { $0 + $1 * factor.cast(to: $0.dtype) }
        }
        let (left, shares) = scan(
            over: steps + changes + [weights], initial: q, isReversed: true
        ) { q, rows in
            let (s, y) = (Array(rows[..<count]), Array(rows[count..<2 * count]))
            let share = LBFGSRuns.dot(s, q) * rows[2 * count].cast(to: .float64)
            return (add(q, y, -share), [share])
        }
        let scaled = left.map { $0 * scale.cast(to: $0.dtype) }
        return scan(over: steps + changes + [weights] + shares, initial: scaled) { d, rows in
            let (s, y) = (Array(rows[..<count]), Array(rows[count..<2 * count]))
            let part = LBFGSRuns.dot(y, d) * rows[2 * count].cast(to: .float64)
            return (add(d, s, rows[2 * count + 1] - part), [])
        }.carries
    }
}

extension LBFGSRuns {
    /// The runs in a session, with what the loss is fed.
    struct Runner {
        private let runs: LBFGSRuns
        private let session: Session
        private let feeds: Feeds
        private let control: RunControl?

        init(_ runs: LBFGSRuns, _ session: Session, _ feeds: Feeds, _ control: RunControl?) {
            self.runs = runs
            self.session = session
            self.feeds = feeds
            self.control = control
        }

        /// The loss where the variables are; its gradient is kept.
        func measure() throws -> Place {
            let numbers = try numbers(runs.measure, feeds, count: 4)
            return Place(
                loss: numbers[0], slope: numbers[1], greatest: numbers[2], sum: numbers[3])
        }

        /// The direction from here.
        func turn() throws -> Direction {
            let numbers = try numbers(runs.turn, [:], count: 3)
            return Direction(slope: numbers[0], greatest: numbers[1], isFirst: numbers[2] == 0)
        }

        /// To a place along the direction, from where it was taken.
        func move(by length: Double) throws {
            _ = try session.run(
                runs.move, feeding: [runs.length: NDArray(length)], control: control)
        }

        private func numbers(
            _ fetches: [AnyTensor], _ feeds: Feeds, count: Int
        ) throws -> [Double] {
            try session.run(fetches, feeding: feeds, control: control).prefix(count).map {
                try $0.scalar(as: Double.self)
            }
        }
    }
}
