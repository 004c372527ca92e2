// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Numbers that rise first: the moments of adaptive rules are poor in the beginning, and large batches need
/// small first steps.
extension Schedule {
    /// The schedule after a rise along a line from `start` to its first number.
    ///
    /// The schedule itself begins when the rise is over, and counts its steps from there. Over a `cosineDecay` it
    /// is Optax's `warmup_cosine_decay_schedule` and Keras's `CosineDecay(warmup_target:)`.
    /// - Parameters:
    ///   - steps: How many steps the rise takes; 0 for none.
    ///   - start: The number at step 0.
    public func warmedUp(steps: Int, from start: Double = 0) -> Schedule {
        if let problem =
            Self.finite([("the start", start)])
            ?? (steps < 0 ? "steps must not be negative, as \(steps) is" : nil)
        {
            return Schedule("warmedUp", problem) { $0 }
        }
        if steps == 0 { return self }
        let rise = Schedule("warmedUp", nil) { t in
            let goal = self(t * 0)
            return (goal - start) * minimum(t / Double(steps), .scalar(1, .float64)) + start
        }
        return .joined([rise, self], at: [steps])
    }

    /// How the one-cycle schedule goes from one number to the next.
    public enum Shape: Sendable {
        /// Along half a period of the cosine.
        case cosine
        /// Along a line.
        case linear
    }

    /// One rise to a large number, and a fall far below the start (Smith and Topin 2017): PyTorch's `OneCycleLR`.
    ///
    /// It starts at `most / initialDivisor`, and ends at that divided by `finalDivisor`, where it stays. In three
    /// phases it falls back to the start as fast as it rose, and only then to the end.
    /// - Parameters:
    ///   - most: The number at the top.
    ///   - steps: The steps of the whole; at least 2.
    ///   - rise: The share of the steps that the rise takes, between 0 and 1, in three phases 1/2.
    public static func oneCycle(
        most: Double, steps: Int, rise: Double = 0.3, initialDivisor: Double = 25,
        finalDivisor: Double = 1e4, shape: Shape = .cosine, hasThreePhases: Bool = false
    ) -> Schedule {
        let share = Double(steps) * rise
        let ends =
            hasThreePhases
            ? [share - 1, 2 * share - 2, Double(steps) - 1] : [share - 1, Double(steps) - 1]
        let start = most / initialDivisor
        let least = start / finalDivisor
        let heights = hasThreePhases ? [start, most, start, least] : [start, most, least]
        let problem =
            finite([
                ("the top", most), ("the rise", rise), ("the start", start), ("the end", least),
            ])
            ?? (zip([0] + ends, ends).allSatisfy { $0 < $1 }
                ? nil
                : "\(steps) steps with a rise that takes \(rise) of them leave a phase without steps")
        return Schedule("oneCycle", problem) { t in
            // The last phase first: each earlier one stands in for it up to its own end.
            var result: AnyTensor?
            for phase in ends.indices.reversed() {
                let begin = phase == 0 ? 0 : ends[phase - 1]
                let part = (t - begin) / (ends[phase] - begin)
                let x = maximum(minimum(part, .scalar(1, .float64)), .scalar(0, .float64))
                let (from, to) = (heights[phase], heights[phase + 1])
                let weight = shape == .cosine ? halfCosine(x) : 1 - x
                let number = weight * (from - to) + to
                result =
                    result.map {
                        select(t .<= .scalar(ends[phase], .float64), number, $0)
                    } ?? number
            }
            return result ?? t
        }
    }
}
