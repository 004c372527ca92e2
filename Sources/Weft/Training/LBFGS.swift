// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A quasi-Newton method: steps along directions that the last changes of weights and gradients give (Nocedal 1980;
/// Liu and Nocedal 1989). For losses of few or all examples that are the same each time, where it needs far fewer steps
/// than gradient descent; PyTorch's `LBFGS`.
///
/// It computes the loss several times a step, so that it runs by itself and not as a part of a training step:
///
/// ```swift
/// let fit = try LBFGS(of: loss)
/// for _ in 0..<10 {
///     let report = try fit.step(in: session, feeding: [x: xs, y: ys])
///     print(report.loss, report.end)
/// }
/// ```
///
/// Gradients, directions and the history lie in variables of the session, as checkpoints need it; a run gives only
/// numbers. Between runs the model's variables are at places that are tried: nobody else should use them in a step. The
/// loss must not draw random numbers, and updates that ride with it, such as those of batch normalisation, do not
/// happen.
public final class LBFGS: Sendable {
    /// How the length of a step is found.
    public enum LineSearch: Hashable, Sendable, CaseIterable {
        /// Not at all: it is the learning rate.
        case none
        /// The loss falls far enough and its slope becomes small: the strong Wolfe conditions.
        case strongWolfe
    }

    /// Why a step ended.
    public enum End: Hashable, Sendable {
        /// No element of the gradient is greater than the tolerance.
        case gradientIsSmall
        /// The loss, or all weights, change by less than the tolerance.
        case changeIsSmall
        /// The direction does not lead down.
        case noDescent
        /// There were as many iterations, or evaluations of the loss, as there may be.
        case limit
        /// The loss is NaN or infinite where the step starts.
        case lossIsNotFinite
    }

    /// What a step has done.
    public struct Report: Hashable, Sendable {
        /// The loss where the step ended; without a line search that before the last move.
        public var loss: Double
        /// How many directions were taken.
        public var iterations: Int
        /// How often the loss was computed.
        public var evaluations: Int
        /// Why it ended.
        public var end: End
    }

    /// The length of steps, or of the first one that is tried.
    public let learningRate: Double
    /// How many iterations a step has at most.
    public let iterations: Int
    /// How often a step computes the loss before it ends.
    public let evaluations: Int
    /// The greatest element of a gradient that counts as none.
    public let gradientTolerance: Double
    /// The change of the loss, or of a weight, that counts as none.
    public let changeTolerance: Double
    /// How the length of a step is found.
    public let lineSearch: LineSearch
    private let runs: LBFGSRuns

    /// A method for a loss; nothing is computed yet. The defaults are PyTorch's, but for history and line search.
    ///
    /// - Parameters:
    ///   - variables: What is changed; nil for all trainable variables that the loss depends on.
    ///   - learningRate: The length of steps, or of the first one that is tried.
    ///   - history: How many changes directions are made of; memory for twice as many copies of the variables.
    ///   - evaluations: How often a step computes the loss before it ends; nil for 5/4 of the iterations.
    ///   - name: What the names of its variables end with.
    /// - Throws: `GraphError` when the loss is no scalar, carries an error or depends on none of the variables, one of
    ///   them is complex, or a number is out of its range.
    public init(
        of loss: some TensorConvertible, variables: [VariableHandle]? = nil,
        learningRate: Double = 1, history: Int = 10, iterations: Int = 20,
        evaluations: Int? = nil, gradientTolerance: Double = 1e-7,
        changeTolerance: Double = 1e-9, lineSearch: LineSearch = .strongWolfe,
        name: String = "LBFGS"
    ) throws {
        self.learningRate = learningRate
        self.iterations = iterations
        self.evaluations =
            evaluations ?? iterations.multipliedReportingOverflow(by: 5).partialValue / 4
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
        self.lineSearch = lineSearch
        func problem(_ what: String, _ value: String, _ wanted: String) -> GraphError {
            GraphError(
                operation: name, .invalidArgument(what, value: value, wanted: wanted))
        }
        guard learningRate > 0, learningRate.isFinite else {
            throw problem("the learning rate", "\(learningRate)", "finite and positive")
        }
        for (what, count, most) in [
            ("the history", history, 1 << 16), ("the iterations", iterations, 1 << 40),
            ("the evaluations", self.evaluations, 1 << 50),
        ] where !(1...most ~= count) {
            throw problem(what, "\(count)", "1 to \(most)")
        }
        for (what, number) in [
            ("the gradient's tolerance", gradientTolerance),
            ("the tolerance of changes", changeTolerance),
        ] where !(number >= 0 && number.isFinite) {
            throw problem(what, "\(number)", "finite and not negative")
        }
        runs = try LBFGSRuns(of: loss.anyTensor, variables, history: history, name: name)
    }

    /// The variables that it has made: gradients, directions and the history. They are saved with the model's to go on
    /// exactly.
    public var variables: [VariableHandle] { runs.variables }

    /// Goes on until nothing changes any more, or as long as it may.
    ///
    /// - Returns: what was done.
    /// - Throws: what `Session.run` throws. The model's variables are then where the last iteration left them.
    @discardableResult
    public func step(
        in session: Session, feeding feeds: Feeds = [:], control: RunControl? = nil
    ) throws -> Report {
        let runs = LBFGSRuns.Runner(runs, session, feeds, control)
        var here = try runs.measure()
        var report = Report(loss: here.loss, iterations: 0, evaluations: 1, end: .limit)
        func ended(_ end: End) -> Report {
            report.end = end
            return report
        }
        guard here.loss.isFinite else { return ended(.lossIsNotFinite) }
        if here.greatest <= gradientTolerance { return ended(.gradientIsSmall) }
        while report.iterations < iterations {
            report.iterations += 1
            let direction = try runs.turn()
            let first = min(1, 1 / here.sum) * learningRate
            let length = direction.isFirst ? first : learningRate
            // Also where it is NaN.
            guard direction.slope <= -changeTolerance else { return ended(.noDescent) }
            let before = here.loss
            do {
                here = try move(runs, direction, from: here, by: length, &report)
            } catch {
                try? runs.move(by: 0)
                throw error
            }
            report.loss = here.loss
            if report.iterations == iterations || report.evaluations >= evaluations {
                return ended(.limit)
            }
            if here.greatest <= gradientTolerance { return ended(.gradientIsSmall) }
            if direction.greatest * here.step <= changeTolerance
                || abs(here.loss - before) < changeTolerance
            {
                return ended(.changeIsSmall)
            }
        }
        return report
    }

    /// Moves along a direction, and measures there.
    private func move(
        _ runs: LBFGSRuns.Runner, _ direction: LBFGSRuns.Direction, from here: LBFGSRuns.Place,
        by length: Double, _ report: inout Report
    ) throws -> LBFGSRuns.Place {
        func place(_ step: Double) throws -> LBFGSRuns.Place {
            try runs.move(by: step)
            var place = try runs.measure()
            place.step = step
            return place
        }
        guard lineSearch == .strongWolfe else {
            // Behind the last move nobody asks for the loss.
            guard report.iterations < iterations else {
                try runs.move(by: length)
                return here
            }
            report.evaluations += 1
            return try place(length)
        }
        var last = here
        let search = WolfeSearch(
            start: .init(step: 0, loss: here.loss, slope: direction.slope),
            length: direction.greatest, tolerance: 1e-9,
            most: max(evaluations - report.evaluations, 0)
        ) { step in
            last = try place(step)
            return .init(
                step: step, loss: last.loss.isFinite ? last.loss : .infinity, slope: last.slope)
        }
        let (best, evaluations) = try search.search(from: length)
        report.evaluations += evaluations
        return best.step == last.step ? last : try place(best.step)
    }
}
