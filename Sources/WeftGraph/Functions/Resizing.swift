// SPDX-License-Identifier: Apache-2.0

/// How `resized` makes a pixel of those around its place.
public enum ResizeMethod: Hashable, Sendable {
    /// The nearest pixel. Halfway between two it is the one behind; with `.asymmetric` it is always the
    /// one at or before the place, as in TensorFlow 1.
    case nearest
    /// The two nearest pixels of each axis, in proportion to the distances: bilinear for two axes.
    case linear
    /// The four nearest pixels of each axis, weighted by a cubic: bicubic for two axes.
    case cubic(CubicKernel = .tensorFlow)
}

/// The cubic that weighs pixels by their distance. Keys 1981.
public struct CubicKernel: Hashable, Sendable {
    /// The slope at distance 1, which is negative: −0.5 or −0.75.
    public var coefficient: Double
    /// Whether pixels beyond the edge count for nothing, and the others for more; else the pixel at the
    /// edge stands for them.
    public var excludesOutside: Bool
    /// In how many steps from one pixel to the next places are rounded; nil for not at all.
    public var steps: Int?

    /// A cubic of one's own.
    public init(coefficient: Double, excludesOutside: Bool = false, steps: Int? = nil) {
        self.coefficient = coefficient
        self.excludesOutside = excludesOutside
        self.steps = steps
    }

    /// What `tf.image.resize` takes, for `.halfPixelCentres`.
    public static let tensorFlow = CubicKernel(
        coefficient: -0.5, excludesOutside: true, steps: 1024)
    /// What TensorFlow 1 takes, for `.asymmetric` and `.alignedCorners`.
    public static let tensorFlow1 = CubicKernel(coefficient: -0.75, steps: 1024)
    /// What PyTorch takes, and ONNX when nothing else is said.
    public static let pyTorch = CubicKernel(coefficient: -0.75)
}

/// Where the pixels of a resized image lie in the one that it is made from.
public enum ResizeGrid: Hashable, Sendable, CaseIterable {
    /// Both images cover the same area, and a pixel lies in the middle of its part of it: pixel i at
    /// (i + ½) · n / m − ½. TensorFlow 2, PyTorch; ONNX's `half_pixel`.
    case halfPixelCentres
    /// The first pixels of both lie on one another and the last ones do: pixel i at
    /// i · (n − 1) / (m − 1). `align_corners` of TensorFlow 1, PyTorch and ONNX.
    case alignedCorners
    /// The first pixels lie on one another: pixel i at i · n / m. TensorFlow 1 by default; ONNX's
    /// `asymmetric`.
    case asymmetric
}

extension TensorProtocol {
    /// Images of another size.
    ///
    /// The axes between the first and the last are spatial. Places are computed in `Float`, as in
    /// TensorFlow. Differentiable where it interpolates: a pixel's gradient goes to those it is made of.
    /// Nothing is smoothed before: an image that becomes much smaller shows some of its pixels only.
    /// - Parameters:
    ///   - sizes: The new size of each spatial axis; at least 1, unless the image is empty.
    ///   - method: Other methods than `.nearest` take floating-point numbers.
    /// - Shape: x [n, h, w, channels] → [n, sizes[0], sizes[1], channels]; likewise for one or three axes.
    public func resized(
        to sizes: [Int], method: ResizeMethod = .linear, grid: ResizeGrid = .halfPixelCentres
    ) -> Self {
        composed("resized") { x in
            guard sizes.allSatisfy({ $0 >= 0 }) else {
                throw RuleViolation(.negative("the sizes", value: "\(sizes)"))
            }
            let axes = try x.spatialAxes(of: sizes.count)
            return try x.resized(axes, to: sizes.map { .numbers([$0]) }, method, grid)
        }
    }

    /// Images of another, computed size.
    ///
    /// The axes between the first and the last are spatial. Places are computed in `Float`, as in
    /// TensorFlow. Differentiable where it interpolates: a pixel's gradient goes to those it is made of.
    /// Nothing is smoothed before: an image that becomes much smaller shows some of its pixels only.
    /// - Parameters:
    ///   - sizes: The new size of each spatial axis.
    ///   - method: Other methods than `.nearest` take floating-point numbers.
    /// - Shape: sizes [2]; x [n, h, w, channels] → [n, sizes[0], sizes[1], channels]; likewise for one or
    ///   three axes.
    public func resized(
        to sizes: some IntegerTensor, method: ResizeMethod = .linear,
        grid: ResizeGrid = .halfPixelCentres
    ) -> Self {
        let sizes = sizes.anyTensor
        return composed("resized", with: [sizes]) { x in
            let axes = try x.spatialAxes(of: sizes.shape.dimensions?.first ?? 0)
            let numbers = try sizes.asNumbers("the sizes", shape: [axes.count])
            let parts = axes.indices.map { numbers.sliced(axis: 0, $0, $0 + 1) }
            return try x.resized(axes, to: parts, method, grid)
        }
    }
}

extension AnyTensor {
    fileprivate func spatialAxes(of count: Int) throws -> [Int] {
        let rank = try knownRank()
        guard rank >= 3, rank == count + 2 else {
            throw RuleViolation(
                "\(type) has \(Swift.max(rank - 2, 0)) spatial axes between the first and the last; "
                    + "there must be at least one, and a size for each, not \(count)")
        }
        return Array(1...count)
    }

    /// - Parameter sizes: For each axis i64[1].
    fileprivate func resized(
        _ axes: [Int], to sizes: [AnyTensor], _ method: ResizeMethod, _ grid: ResizeGrid
    ) throws -> AnyTensor {
        if method != .nearest { try requireFloating() }
        var x = method == .nearest ? self : widened
        // The first axis is the cheapest while all the others are still small.
        for (axis, size) in zip(axes, sizes) {
            let places = AxisPlaces(of: x.size(ofAxis: axis).reshaped(to: [1]), size, grid)
            switch method {
            case .nearest: x = x.gathered(at: places.nearest, axis: axis, outOfBounds: .clamped)
            case .linear: x = x.interpolated(axis, places.linear, of: places.size)
            case .cubic(let kernel):
                x = x.interpolated(axis, try places.cubic(kernel), of: places.size)
            }
        }
        return x.cast(to: dtype)
    }

    /// Each place along an axis as the weighted sum of its pixels.
    ///
    /// For short axes it is the product with a matrix that has the weights in its rows: its work grows with
    /// the length of the axis, but up to here it takes half as long as gathering the pixels, and a third
    /// with its gradient, which would be a scatter.
    fileprivate func interpolated(
        _ axis: Int, _ pixels: [WeightedPixel], of size: AnyTensor
    ) -> AnyTensor {
        // What carries an error, from an axis before, has no axes.
        guard let rank = shape.rank else { return self }
        if let length = shape[axis], length <= 48 * pixels.count {
            let own = size.indexed().expandingDimensions(at: [0])
            let zero = AnyTensor.scalar(0, dtype)
            let parts = pixels.map { pixel in
                let weight = pixel.weight.cast(to: dtype).expandingDimensions(at: [1])
                return select(
                    pixel.position.expandingDimensions(at: [1]) .== own, weight, zero)
            }
            return parts.dropFirst().reduce(parts[0], +).applied(toAxis: axis, of: self)
        }
        let behind = Array(1..<rank - axis)
        let parts = pixels.map { pixel in
            gathered(at: pixel.position, axis: axis, outOfBounds: .clamped)
                * pixel.weight.cast(to: dtype).expandingDimensions(at: behind)
        }
        return parts.dropFirst().reduce(parts[0], +)
    }

    /// The product of a matrix [m, n] and the vectors along an axis of `x`, of n elements each.
    private func applied(toAxis axis: Int, of x: AnyTensor) -> AnyTensor {
        let rank = x.shape.rank ?? 0
        // [before, n, behind]: the matrix once for each of those before.
        let rows = x.flattened(through: axis - 1).flattened(from: 2, through: rank - axis)
        let before = rows.size(ofAxis: 0).reshaped(to: [1])
        let matrices = broadcasted(to: AnyTensor.concatenated([before, sizes.anyTensor], axis: 0))
        let product = AnyTensor.dot(matrices, rows, contracting: ([2], [1]), batch: ([0], [0]))
        let dims = (0..<rank).map { $0 == axis ? size(ofAxis: 0) : x.size(ofAxis: $0) }
        return product.reshaped(to: stacked(dims))
    }
}

/// A pixel that an interpolated one is made of, for each place along an axis.
private struct WeightedPixel {
    /// i64[places], within the axis.
    let position: AnyTensor
    /// f32[places].
    let weight: AnyTensor
}

/// Where the pixels of a resized axis lie between those of the axis.
private struct AxisPlaces {
    /// The size of the axis, i64[1].
    let size: AnyTensor
    private let grid: ResizeGrid
    /// n / m, or what stands for it, f32[1].
    private let scale: AnyTensor
    /// 0, 1, ..., f32[m].
    private let index: AnyTensor

    init(of size: AnyTensor, _ resized: AnyTensor, _ grid: ResizeGrid) {
        (self.size, self.grid) = (size, grid)
        let (n, m) = (size.cast(to: .float32), resized.cast(to: .float32))
        switch grid {
        case .halfPixelCentres, .asymmetric: scale = n / m
        // A single pixel is the first one.
        case .alignedCorners: scale = (n - 1) / maximum(m - 1, .scalar(1, .float32))
        }
        index = resized.indexed().cast(to: .float32)
    }

    private var place: AnyTensor {
        grid == .halfPixelCentres ? (index + 0.5) * scale - 0.5 : index * scale
    }

    private func within(_ position: AnyTensor) -> AnyTensor {
        maximum(minimum(position.cast(to: .int64), size - 1), .scalar(0, .int64))
    }

    var nearest: AnyTensor {
        switch grid {
        case .halfPixelCentres: within(floor((index + 0.5) * scale))
        case .alignedCorners: within(roundAwayFromZero(index * scale))
        case .asymmetric: within(floor(index * scale))
        }
    }

    var linear: [WeightedPixel] {
        let before = floor(place)
        let part = place - before
        return [
            WeightedPixel(position: within(before), weight: 1 - part),
            WeightedPixel(position: within(ceil(place)), weight: part),
        ]
    }

    func cubic(_ kernel: CubicKernel) throws -> [WeightedPixel] {
        guard kernel.coefficient.isFinite, kernel.steps ?? 1 >= 1 else {
            throw RuleViolation(
                .invalidArgument(
                    "the cubic", value: "\(kernel)",
                    wanted: "with a finite coefficient and at least one step"))
        }
        let before = floor(place)
        var part = place - before
        if let steps = kernel.steps.map(Double.init) { part = round(part * steps) / steps }
        let a = kernel.coefficient
        func near(_ x: AnyTensor) -> AnyTensor { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: AnyTensor) -> AnyTensor { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        var weights = [far(part + 1), near(part), near(1 - part), far(2 - part)]
        let positions = (-1...2).map { before.cast(to: .int64) + Double($0) }
        if kernel.excludesOutside {
            weights = zip(weights, positions).map { weight, position in
                let isInside = (position .>= 0) .& (position .< size)
                return select(isInside, weight, .scalar(0, .float32))
            }
            let sum = weights.dropFirst().reduce(weights[0], +)
            weights = weights.map { $0 / sum }
        }
        return zip(positions, weights).map { WeightedPixel(position: within($0), weight: $1) }
    }
}
