// SPDX-License-Identifier: Apache-2.0
public import ComplexModule

// Transforms of frames: pieces of a signal, of the same length, that begin at equal distances.

/// The transforms of short pieces of real signals: of frames of `length` elements that begin `step` elements
/// after one another, each times a window. What is left behind the last whole frame does not count.
///
/// A signal without a whole frame is an error, of the run where n is not known before.
/// - Parameter window: [length]; nil for Hann's.
/// - Shape: [..., n] → [..., frames, length / 2 + 1], with 1 + (n − length) / step frames; the rank must be known.
public func stft<Scalar: ComplexPart>(
    _ x: Tensor<Scalar>, length: Int, step: Int, window: Tensor<Scalar>? = nil
) -> Tensor<Complex<Scalar>> {
    Tensor(stft(x.anyTensor, length: length, step: step, window: window?.anyTensor))
}

/// The same of an untyped tensor, `f32` or `f64`.
///
/// - Shape: [..., n] → [..., frames, length / 2 + 1]; the rank must be known.
public func stft(
    _ x: AnyTensor, length: Int, step: Int, window: AnyTensor? = nil
) -> AnyTensor {
    .composed("stft", [x] + (window.map { [$0] } ?? [])) {
        try x.requireFloating()
        let frames = try Frames(length: length, step: step)
        let window = try frames.window(window, x.dtype)
        let axis = try x.resolvedAxis(-1)
        if let n = x.shape[axis], n < length {
            throw RuleViolation("a signal of \(n) elements has no frame of \(length)")
        }
        return rfft(frames.taken(from: x, axis: axis) * window)
    }
}

/// Real signals from the transforms of their frames: the inverse of `stft` with the same length, step and
/// window wherever a window that is not 0 has been.
///
/// Frames that overlap are added, each times the window, and divided by the sum of the windows' squares.
/// - Parameter window: [length]; nil for Hann's.
/// - Shape: [..., frames, length / 2 + 1] → [..., (frames − 1) · step + length]; the rank and the last size must
///   be known.
public func istft<Scalar: ComplexScalar>(
    _ z: Tensor<Scalar>, length: Int, step: Int, window: Tensor<Scalar.Part>? = nil
) -> Tensor<Scalar.Part> {
    Tensor<Scalar.Part>(istft(z.anyTensor, length: length, step: step, window: window?.anyTensor))
}

/// The same of an untyped tensor of complex numbers.
///
/// - Shape: [..., frames, length / 2 + 1] → [..., (frames − 1) · step + length]; the rank and the last size must
///   be known.
public func istft(
    _ z: AnyTensor, length: Int, step: Int, window: AnyTensor? = nil
) -> AnyTensor {
    .composed("istft", [z] + (window.map { [$0] } ?? [])) {
        let frames = try Frames(length: length, step: step)
        let window = try frames.window(window, z.dtype.realPart)
        let rank = try z.knownRank()
        guard rank >= 2 else {
            throw RuleViolation(.wrongRank("the transforms", z.type, wanted: 2...Int.max))
        }
        let size = try z.knownSize(rank - 1)
        guard size == length / 2 + 1 else {
            throw RuleViolation(
                "\(size) numbers do not come from a frame of \(length) elements, whose transform has "
                    + "\(length / 2 + 1)")
        }
        if let count = z.shape[rank - 2], count == 0 {
            throw RuleViolation("0 frames make no signal")
        }
        let sums = frames.added(irfft(z, lengths: [length]) * window)
        let count = z.elementCount(axes: [rank - 2], as: .int64).reshaped(to: [1])
        let weights = frames.added(window * window, times: count)
        return sums / select(weights .== 0, .scalar(1, weights.dtype), weights)
    }
}

/// How signals are cut into frames.
private struct Frames {
    private let length: Int
    private let step: Int

    init(length: Int, step: Int) throws {
        guard length > 0, step > 0, length < 1 << 28, step < 1 << 28 else {
            throw RuleViolation(
                .invalidArgument(
                    "length and step", value: "\(length) and \(step)", wanted: "positive"))
        }
        (self.length, self.step) = (length, step)
    }

    /// The given window, Hann's for nil.
    func window(_ window: AnyTensor?, _ dtype: DType) throws -> AnyTensor {
        guard let window else { return .hannWindow(dtype, count: length) }
        guard window.dtype == dtype, window.shape.merged(with: Shape([length])) != nil else {
            throw RuleViolation("the window is \(window.type), not \(dtype)[\(length)]")
        }
        return window
    }

    /// A row of `length` elements for each of the places along an axis, which is the last one.
    private func slices(rank: Int) -> GatherAttributes {
        GatherAttributes(
            offsetAxes: Array(0..<rank - 1) + [rank], collapsedAxes: [],
            startIndexMap: [rank - 1], indexVectorAxis: 1,
            sliceSizes: Array(repeating: -1, count: rank - 1) + [length], mode: .checked)
    }

    /// Where frames begin, of which there are `count`, i64[1].
    private func starts(_ count: AnyTensor) -> AnyTensor { count.indexed() * Double(step) }

    /// [..., n] → [..., frames, length].
    func taken(from x: AnyTensor, axis: Int) -> AnyTensor {
        let room = x.elementCount(axes: [axis], as: .int64).reshaped(to: [1]) - Double(length)
        let count = room.floorDivided(by: .scalar(Double(step), .int64)) + 1
        // Of a signal that is too short one frame is asked for, which does not fit.
        let starts = starts(maximum(count, .scalar(1, .int64)))
        return .make(.gather(slices(rank: axis + 1)), [x, starts])
    }

    /// [..., frames, length] → [..., n], the sums where frames overlap.
    func added(_ frames: AnyTensor) -> AnyTensor {
        // What has no axes carries an error.
        guard let rank = frames.shape.rank, rank >= 2 else { return frames }
        let sizes = frames.sizes.anyTensor
        let count = sizes.sliced(axis: 0, rank - 2, rank - 1)
        let n = (count - 1) * Double(step) + Double(length)
        let signals = AnyTensor.scalar(0, frames.dtype).broadcasted(
            to: AnyTensor.concatenated([sizes.sliced(axis: 0, 0, rank - 2), n], axis: 0))
        return .make(
            .scatter(.add, slices(rank: rank - 1).scatter), [signals, starts(count), frames])
    }

    /// The same of `count`, i64[1], equal frames.
    ///
    /// Of more frames than overlap all steps in the middle are alike. So those of a few frames are added, which is done
    /// once where the frame is a constant, and the one in their middle is taken repeatedly.
    func added(_ frame: AnyTensor, times count: AnyTensor) -> AnyTensor {
        let overlap = (length + step - 1) / step
        let few = minimum(count, .scalar(Double(overlap), .int64))
        let short = added(
            frame.broadcasted(to: AnyTensor.concatenated([few, .numbers([length])], axis: 0)))
        let excess = overlap * step - length
        let steps = short.padded(low: [0], high: [excess]).reshaped(to: [-1, step])
        let index = (count + Double(overlap - 1)).indexed()
        let behind = maximum(index - (count - 1), .scalar(0, .int64))
        let all = steps.gathered(at: minimum(index, few - 1) + behind)
        return all.reshaped(to: [-1]).padded(low: [0], high: [-excess])
    }
}
