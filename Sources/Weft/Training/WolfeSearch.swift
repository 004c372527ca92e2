// SPDX-License-Identifier: Apache-2.0

/// A search for a step along a direction that leads down far enough and ends where the slope is small: the strong
/// Wolfe conditions, with 10⁻⁴ and 0.9. Steps are tried by cubic interpolation (Nocedal and Wright 2006, 3.5), in
/// PyTorch's order.
struct WolfeSearch {
    /// A step, the loss behind it, and the loss's derivative by the step there.
    struct Point {
        var step: Double
        var loss: Double
        var slope: Double
    }

    /// Where the search starts: step 0.
    let start: Point
    /// The greatest change of an element by a step of 1.
    let length: Double
    /// The change of elements below which nothing is searched any more.
    let tolerance: Double
    /// How many steps are tried after the first one, at most.
    let most: Int
    /// What a step leads to. A loss that is no number counts as infinite, so that shorter steps are tried.
    let evaluate: (Double) throws -> Point

    /// The best step that was found, and how many were tried.
    func search(from step: Double) throws -> (best: Point, evaluations: Int) {
        var tried = 1
        var point = try evaluate(step)
        var before = start
        var bracket: [Point]?
        while tried - 1 < most {
            if isTooHigh(point) || tried > 2 && point.loss >= before.loss {
                bracket = [before, point]
                break
            }
            if isFlat(point) { return (point, tried) }
            if point.slope >= 0 {
                bracket = [before, point]
                break
            }
            let (least, greatest) = (
                point.step + 0.01 * (point.step - before.step), point.step * 10
            )
            let next = Self.minimum(between: before, point, within: (least, greatest))
            before = point
            point = try evaluate(next)
            tried += 1
        }
        guard let bracket, tried - 1 < most else {
            let ends = bracket ?? [start, point]
            return (ends[0].loss <= ends[1].loss ? ends[0] : ends[1], tried)
        }
        return try narrow(bracket[0], bracket[1], tried)
    }

    /// A step between two that are known to have one that is good between them.
    private func narrow(
        _ first: Point, _ second: Point, _ before: Int
    ) throws -> (best: Point, evaluations: Int) {
        var tried = before
        var (low, high) = first.loss <= second.loss ? (first, second) : (second, first)
        // Which of both was there first: interpolation is not symmetric to the last digit.
        var isLowFirst = first.loss <= second.loss
        var isSlow = false
        while tried - 1 < most, abs(high.step - low.step) * length >= tolerance {
            let (a, b) = isLowFirst ? (low, high) : (high, low)
            let (left, right) = (min(a.step, b.step), max(a.step, b.step))
            var step = Self.minimum(between: a, b, within: (left, right))
            let margin = 0.1 * (right - left)
            if min(right - step, step - left) < margin {
                if isSlow || step >= right || step <= left {
                    step = abs(step - right) < abs(step - left) ? right - margin : left + margin
                    isSlow = false
                } else {
                    isSlow = true
                }
            } else {
                isSlow = false
            }
            let point = try evaluate(step)
            tried += 1
            if isTooHigh(point) || point.loss >= low.loss {
                high = point
                let (x, y) = isLowFirst ? (low, high) : (high, low)
                isLowFirst = x.loss <= y.loss
                (low, high) = isLowFirst ? (x, y) : (y, x)
            } else {
                if isFlat(point) { return (point, tried) }
                if point.slope * (high.step - low.step) >= 0 { high = low }
                low = point
            }
        }
        return (low, tried)
    }

    private func isTooHigh(_ point: Point) -> Bool {
        point.loss > start.loss + 1e-4 * point.step * start.slope
    }

    private func isFlat(_ point: Point) -> Bool { abs(point.slope) <= -0.9 * start.slope }

    /// Where the cubic through two points with their slopes is least; the middle where it has no minimum, or where a
    /// point is no number.
    private static func minimum(
        between a: Point, _ b: Point, within bounds: (least: Double, greatest: Double)
    ) -> Double {
        let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
        let square = d1 * d1 - a.slope * b.slope
        let middle = (bounds.least + bounds.greatest) / 2
        guard square >= 0, square.isFinite else { return middle }
        let d2 = square.squareRoot()
        let place =
            a.step <= b.step
            ? b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
            : a.step - (a.step - b.step) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
        return place.isNaN ? middle : min(max(place, bounds.least), bounds.greatest)
    }
}
