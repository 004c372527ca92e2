// SPDX-License-Identifier: Apache-2.0

/// The best boxes that hardly overlap: the one with the greatest score, then always the next one that does
/// not overlap with any taken so far by more than a limit.
///
/// As TensorFlow's `non_max_suppression`. Overlap is the common area divided by that of both together; of
/// equal scores the first box is taken. How many there are the run finds: see `nonZero` for what
/// follows from it.
/// - Parameters:
///   - boxes: Two opposite corners: [y0, x0, y1, x1].
///   - scores: A box with NaN is not taken.
///   - most: How many are taken at most.
///   - overlap: The limit, in 0...1.
///   - leastScore: Boxes are taken with greater scores only.
/// - Shape: boxes [n, 4], scores [n] → [found], numbers of boxes.
public func nonMaxSuppression<T: FloatingTensor>(
    boxes: T, scores: T, most: Int, overlap: Double = 0.5, leastScore: Double = -.infinity
) -> T.Indices {
    let (positions, found) = paddedNonMaxSuppression(
        boxes: boxes, scores: scores, most: most, overlap: overlap, leastScore: leastScore)
    return T.Indices(
        positions.anyTensor.composed("nonMaxSuppression", with: [found.anyTensor]) {
            $0.sliced(
                startingAt: AnyTensor.numbers([0]), sizes: found.anyTensor.reshaped(to: [1]))
        })
}

/// The best boxes that hardly overlap, as `nonMaxSuppression` has them, with 0 behind the last one.
///
/// - Returns: Numbers of boxes, and how many of them were taken.
/// - Shape: boxes [n, 4], scores [n] → [most] and [].
public func paddedNonMaxSuppression<T: FloatingTensor>(
    boxes: T, scores: T, most: Int, overlap: Double = 0.5, leastScore: Double = -.infinity
) -> (positions: T.Indices, found: T.Indices) {
    suppressed(boxes, scores, [], overlap, leastScore) {
        guard most >= 0 else { throw RuleViolation(.negative("the most", value: "\(most)")) }
        return .numbers([most])
    }
}

/// The best boxes that hardly overlap, at most a computed number, with 0 behind the last one.
///
/// - Parameter most: A scalar.
/// - Returns: Numbers of boxes, and how many of them were taken.
/// - Shape: boxes [n, 4], scores [n] → [most] and [].
public func paddedNonMaxSuppression<T: FloatingTensor>(
    boxes: T, scores: T, most: some IntegerTensor, overlap: Double = 0.5,
    leastScore: Double = -.infinity
) -> (positions: T.Indices, found: T.Indices) {
    let most = most.anyTensor
    return suppressed(boxes, scores, [most], overlap, leastScore) { try most.asNumber("the most") }
}

private func suppressed<T: FloatingTensor>(
    _ boxes: T, _ scores: T, _ others: [AnyTensor], _ overlap: Double, _ leastScore: Double,
    _ most: () throws -> AnyTensor
) -> (positions: T.Indices, found: T.Indices) {
    let (boxes, scores) = (boxes.anyTensor, scores.anyTensor)
    let results = AnyTensor.composedAll("nonMaxSuppression", [boxes, scores] + others, count: 2) {
        try boxes.requireFloating()
        try AnyTensor.requireSameDType([boxes, scores])
        guard try boxes.knownRank() == 2, boxes.shape[1] ?? 4 == 4 else {
            throw RuleViolation(
                .invalidArgument("the boxes", value: "\(boxes.type)", wanted: "of shape [n, 4]"))
        }
        guard Shape([boxes.shape[0]]).merged(with: scores.shape) != nil else {
            throw RuleViolation(
                .wrongShape("the scores", scores.shape, wanted: Shape([boxes.shape[0]])))
        }
        guard overlap >= 0, overlap <= 1, !leastScore.isNaN else {
            throw RuleViolation(
                .invalidArgument(
                    "overlap and least score", value: "\(overlap) and \(leastScore)",
                    wanted: "in 0...1 and a number"))
        }
        let steps = try most().indexed()
        let areas = BoxAreas(stopGradient(boxes).widened)
        let known = stopGradient(scores).widened
        let never = AnyTensor.scalar(-.infinity, known.dtype)
        // One more, which is never taken, so that there always is one that could be.
        let start = select(known .> leastScore, known, never)
            .padded(low: [0], high: [1], value: never)
        let outputs = scan(over: [steps], initial: [start]) { carries, _ in
            let left = carries[0]
            let best = left.argMax(axis: 0)
            let isFound = left.gathered(at: best, outOfBounds: .clamped) .> never
            let isOver = areas.overlaps(with: best) .> overlap
            let isBest = AnyTensor.iota(like: left, dtype: .int64) .== best
            let rest = select(isBest .| isOver, never, left)
            return ([rest], [select(isFound, best, .scalar(0, .int64)), isFound.cast(to: .int64)])
        }.outputs
        return [outputs[0], outputs[1].sum(axes: [0])]
    }
    return (T.Indices(results[0]), T.Indices(results[1]))
}

/// Boxes with their corners in order, and one that is empty behind them.
private struct BoxAreas {
    private let low: [AnyTensor]
    private let high: [AnyTensor]
    private let area: AnyTensor

    init(_ boxes: AnyTensor) {
        let all = boxes.padded(low: [0, 0], high: [1, 0])
        func corner(_ index: Int) -> AnyTensor { all.element(index, axis: 1) }
        low = [0, 1].map { minimum(corner($0), corner($0 + 2)) }
        high = [0, 1].map { maximum(corner($0), corner($0 + 2)) }
        area = (high[0] - low[0]) * (high[1] - low[1])
    }

    /// With the box of this number; 0 for boxes without an area.
    func overlaps(with number: AnyTensor) -> AnyTensor {
        func one(_ all: AnyTensor) -> AnyTensor { all.gathered(at: number, outOfBounds: .clamped) }
        let zero = AnyTensor.scalar(0, area.dtype)
        let sides = [0, 1].map {
            maximum(minimum(high[$0], one(high[$0])) - maximum(low[$0], one(low[$0])), zero)
        }
        let common = sides[0] * sides[1]
        let hasArea = (area .> 0) .& (one(area) .> 0)
        return select(hasArea, common / (area + one(area) - common), zero)
    }
}
