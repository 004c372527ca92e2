// SPDX-License-Identifier: Apache-2.0

extension FloatingTensor {
    /// Parts of images, each resized to the same size.
    ///
    /// As TensorFlow's `crop_and_resize`: a box is [y0, x0, y1, x1], where 0 is the centre of an axis's first
    /// pixel and 1 that of its last one, and its corners are the centres of the crop's corner pixels. A box
    /// with y0 > y1 gives its part upside down. A crop one pixel high or wide takes the middle of its box.
    /// Differentiable by the images and, with `.linear`, by the boxes.
    /// - Parameters:
    ///   - boxes: Boxes.
    ///   - images: The number of the image that each box is of; any other fails the run.
    ///   - sizes: The height and the width of the crops, at least 1.
    ///   - method: `.linear` or `.nearest`.
    ///   - outside: What pixels of a crop are that lie beyond the image's first or last pixel.
    /// - Shape: x [n, h, w, channels], boxes [k, 4], images [k] → [k, sizes[0], sizes[1], channels].
    public func crops(
        boxes: some FloatingTensor, images: some IntegerTensor, to sizes: [Int],
        method: ResizeMethod = .linear, outside: Double = 0
    ) -> Self {
        let (boxes, images) = (boxes.anyTensor, images.anyTensor)
        return composed("crops", with: [boxes, images]) { x in
            guard sizes.count == 2, sizes.allSatisfy({ $0 > 0 }) else {
                throw RuleViolation(
                    .invalidArgument(
                        "the sizes", value: "\(sizes)", wanted: "a height and a width above 0"))
            }
            return try x.crops(boxes, images, sizes.map { .numbers([$0]) }, method, outside)
        }
    }

    /// Parts of images, each resized to the same, computed size.
    ///
    /// See the one for known sizes.
    /// - Shape: x [n, h, w, channels], boxes [k, 4], images [k], sizes [2] → [k, sizes[0], sizes[1],
    ///   channels].
    public func crops(
        boxes: some FloatingTensor, images: some IntegerTensor, to sizes: some IntegerTensor,
        method: ResizeMethod = .linear, outside: Double = 0
    ) -> Self {
        let (boxes, images, sizes) = (boxes.anyTensor, images.anyTensor, sizes.anyTensor)
        return composed("crops", with: [boxes, images, sizes]) { x in
            let numbers = try sizes.asNumbers("the sizes", shape: [2])
            let parts = (0..<2).map { numbers.sliced(axis: 0, $0, $0 + 1) }
            return try x.crops(boxes, images, parts, method, outside)
        }
    }
}

extension AnyTensor {
    /// - Parameter sizes: Two i64[1].
    fileprivate func crops(
        _ boxes: AnyTensor, _ images: AnyTensor, _ sizes: [AnyTensor], _ method: ResizeMethod,
        _ outside: Double
    ) throws -> AnyTensor {
        try requireFloating()
        try boxes.requireFloating()
        try requireElements(images.dtype, .integer, of: .argument("the images' numbers"))
        guard try knownRank() == 4 else {
            throw RuleViolation(
                .invalidArgument(
                    "the input", value: "\(type)", wanted: "of rank 4 with channels last"))
        }
        guard try boxes.knownRank() == 2, boxes.shape[1] ?? 4 == 4 else {
            throw RuleViolation(
                .invalidArgument("the boxes", value: "\(boxes.type)", wanted: "of shape [k, 4]"))
        }
        guard try images.knownRank() == 1, Shape([boxes.shape[0]]).merged(with: images.shape) != nil
        else {
            throw RuleViolation(
                .wrongShape("the images' numbers", images.shape, wanted: Shape([boxes.shape[0]])))
        }
        let x = widened
        let corners = boxes.cast(to: x.dtype)
        func corner(_ index: Int) -> AnyTensor { corners.sliced(axis: 1, index, index + 1) }
        let rows = try CropPlaces(
            of: size(ofAxis: 1), sizes[0], from: corner(0), to: corner(2), method)
        let columns = try CropPlaces(
            of: size(ofAxis: 2), sizes[1], from: corner(1), to: corner(3), method)
        let number = AnyTensor.make(
            .check(.inRange("the number of an image is none")),
            [images.cast(to: .int64), size(ofAxis: 0)]
        ).expandingDimensions(at: [1, 2])
        let pixels = x.flattened(through: 2)

        /// Each crop [k, height, width, channels] from the pixels of these rows and columns.
        func pixelsOf(_ row: AnyTensor, _ column: AnyTensor) -> AnyTensor {
            let rowNumber = number * size(ofAxis: 1) + row.expandingDimensions(at: [2])
            let place = rowNumber * size(ofAxis: 2) + column.expandingDimensions(at: [1])
            return pixels.gathered(at: place, outOfBounds: .clamped)
        }
        func between(_ a: AnyTensor, _ b: AnyTensor, _ part: AnyTensor) -> AnyTensor {
            a + (b - a) * part
        }
        let value: AnyTensor
        if method == .nearest {
            value = pixelsOf(rows.before, columns.before)
        } else {
            let across = columns.part.expandingDimensions(at: [1, 3])
            let (top, bottom) = (rows.before, rows.behind)
            value = between(
                between(pixelsOf(top, columns.before), pixelsOf(top, columns.behind), across),
                between(pixelsOf(bottom, columns.before), pixelsOf(bottom, columns.behind), across),
                rows.part.expandingDimensions(at: [2, 3]))
        }
        let isInside =
            rows.isInside.expandingDimensions(at: [2, 3])
            .& columns.isInside.expandingDimensions(at: [1, 3])
        return select(isInside, value, .scalar(outside, x.dtype)).cast(to: dtype)
    }
}

/// Where the pixels of crops lie along an axis of the images; all [boxes, pixels].
private struct CropPlaces {
    let isInside: AnyTensor
    /// The pixels on both sides, i64, and how far it is from the one to the other.
    let before: AnyTensor
    let behind: AnyTensor
    let part: AnyTensor

    /// - Parameters:
    ///   - length: How many pixels the axis has, a scalar.
    ///   - size: How many a crop has, i64[1].
    ///   - first: The edge of each box, [boxes, 1].
    init(
        of length: AnyTensor, _ size: AnyTensor, from first: AnyTensor, to last: AnyTensor,
        _ method: ResizeMethod
    ) throws {
        let dtype = first.dtype
        let extent = (length - 1).cast(to: dtype)
        let index = size.indexed().cast(to: dtype)
        let steps = maximum(size - 1, .scalar(1, .int64)).cast(to: dtype)
        let walked = first * extent + index * ((last - first) * extent / steps)
        let middle = (first + last) * 0.5 * extent
        let place = select(size .> 1, walked, middle)
        let isWithin = (place .>= 0) .& (place .<= extent)
        isInside = isWithin
        func pixel(_ place: AnyTensor) -> AnyTensor {
            maximum(minimum(place.cast(to: .int64), length - 1), .scalar(0, .int64))
        }
        switch method {
        case .nearest:
            before = pixel(roundAwayFromZero(place))
            behind = before
            part = .zeros(like: place)
        case .linear:
            before = pixel(floor(place))
            behind = pixel(ceil(place))
            part = place - floor(place)
        case .cubic:
            throw RuleViolation(
                .invalidArgument("the method", value: "cubic", wanted: "linear or nearest"))
        }
    }
}
