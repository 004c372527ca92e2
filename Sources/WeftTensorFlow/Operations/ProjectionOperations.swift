// SPDX-License-Identifier: Apache-2.0
import Weft

/// Images seen from elsewhere: turned, tilted, and parts of them around a point.
enum ProjectionOperations {
    static let all: [OperationDefinition] =
        ["ImageProjectiveTransformV2", "ImageProjectiveTransformV3"].map { name in
            OperationDefinition(name, defaults: ["fill_mode": "CONSTANT"]) { try projected($0) }
        }
        + ["ExtractGlimpse", "ExtractGlimpseV2"].map { name in
            OperationDefinition(
                name,
                defaults: [
                    "centered": true, "normalized": true, "uniform_noise": true, "noise": "uniform",
                ]
            ) { try glimpsed($0) }
        }

    // MARK: Projections

    private static func projected(_ call: NodeCall) throws -> AnyTensor {
        let (x, transforms) = (try call.tensor(0), try call.tensor(1).cast(to: .float32))
        let sizes = try call.dimensions(of: x, "the images")
        let wanted = try call.integers(2)
        guard sizes.count == 4, wanted.count == 2, wanted.allSatisfy({ $0 >= 0 && $0 < 1 << 24 }),
            transforms.rank == 2, transforms.shape[1] == 8
        else { throw call.error(.malformed, "\(transforms.type) and \(wanted) of \(x.type)") }
        let fill =
            call.count > 3
            ? try call.tensor(3).reshaped(to: []).cast(to: x.dtype) : .scalar(0, x.dtype)
        // Of each transform, for all pixels of the result: [transforms, height, width].
        let column = AnyTensor.iota(.float32, shape: wanted, axis: 1)
        let row = AnyTensor.iota(.float32, shape: wanted, axis: 0)
        let t = (0..<8).map {
            transforms.element($0, axis: 1).expandingDimensions(at: [1, 2])
        }
        let depth = t[6] * column + t[7] * row + .scalar(1, .float32)
        let places = [
            (t[3] * column + t[4] * row + t[5]) / depth,
            (t[0] * column + t[1] * row + t[2]) / depth,
        ]
        let mode = try call.string("fill_mode")
        let moved = try places.enumerated().map { axis, place in
            try wrapped(call, place, size: sizes[axis + 1], mode: mode)
        }
        let result: AnyTensor
        switch try call.string("interpolation") {
        case "NEAREST":
            result = pixels(x, sizes, moved.map { roundAwayFromZero($0) }, fill)
        case "BILINEAR":
            let starts = moved.map { floor($0) }
            let shares = zip(moved, starts).map { ($0 - $1).expandingDimension(at: 3) }
            let one = AnyTensor.scalar(1, .float32)
            func corner(_ down: Bool, _ right: Bool) -> AnyTensor {
                pixels(
                    x, sizes,
                    [down ? starts[0] + one : starts[0], right ? starts[1] + one : starts[1]], fill
                ).widened
            }
            func between(_ a: AnyTensor, _ b: AnyTensor, _ share: AnyTensor) -> AnyTensor {
                a * (one - share).cast(to: a.dtype) + b * share.cast(to: a.dtype)
            }
            result = between(
                between(corner(false, false), corner(false, true), shares[1]),
                between(corner(true, false), corner(true, true), shares[1]), shares[0]
            ).cast(to: x.dtype)
        case let other: throw call.error(.malformed, "the interpolation '\(other)' is none")
        }
        let isSeen = (depth .!= AnyTensor.scalar(0, .float32)).expandingDimension(at: 3)
        return select(isSeen, result, fill)
    }

    /// Places beyond the edge as those of pixels that stand for them.
    private static func wrapped(
        _ call: NodeCall, _ place: AnyTensor, size: Int, mode: String
    ) throws -> AnyTensor {
        func number(_ number: Double) -> AnyTensor { .scalar(number, .float32) }
        let (length, last) = (number(Double(size)), number(Double(max(size - 1, 0))))
        switch mode {
        case "CONSTANT": return place
        case "NEAREST": return place.clipped(from: number(0), to: last)
        case "REFLECT":
            if size <= 1 { return .zeros(like: place) }
            let period = number(Double(2 * size))
            let within = place % period
            return select(within .>= length, period - within - number(1), within)
                .clipped(from: number(0), to: last)
        case "WRAP":
            if size <= 1 { return .zeros(like: place) }
            return select(
                place .< number(0), place + length * (trunc(-place / last) + number(1)),
                select(place .> last, place - length * trunc(place / last), place)
            ).clipped(from: number(0), to: last)
        case let other: throw call.error(.malformed, "the attribute 'fill_mode' is '\(other)'")
        }
    }

    /// The pixels at whole places, [transforms, height, width] each, and outside of the images another.
    private static func pixels(
        _ x: AnyTensor, _ sizes: [Int], _ places: [AnyTensor], _ fill: AnyTensor
    ) -> AnyTensor {
        let zero = AnyTensor.scalar(0, .float32)
        let limits = sizes[1...2].map { AnyTensor.scalar(Double($0), .float32) }
        let isInside = zip(places, limits).map { ($0 .>= zero) .& ($0 .< $1) }
        let inside = isInside[0] .& isInside[1]
        // A place that is far outside is no whole number that an integer holds.
        let rows = places.map { select(inside, $0, zero).cast(to: .int64) }
        let flat = rows[0] * .scalar(Double(sizes[2]), .int64) + rows[1]
        let count = sizes[1] * sizes[2]
        let images = x.reshaped(to: [sizes[0], count, sizes[3]])
        if count == 0 {
            return fill.broadcasted(like: inside.expandingDimension(at: 3).cast(to: x.dtype))
        }
        let found: AnyTensor
        if flat.shape[0] == 1, sizes[0] != 1 {
            found = images.gathered(at: flat.squeezed(axes: [0]), axis: 1)
        } else {
            found = images.gathered(at: flat, axis: 1, batchRank: 1)
        }
        return select(inside.expandingDimension(at: 3), found, fill)
    }

    // MARK: Glimpses

    private static func glimpsed(_ call: NodeCall) throws -> AnyTensor {
        let (x, sizes) = (try call.tensor(0), try call.integers(1))
        let images = try call.dimensions(of: x, "the images")
        guard images.count == 4, sizes.count == 2, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 24 })
        else { throw call.error(.malformed, "glimpses of sizes \(sizes) of \(x.type)") }
        func number(_ number: Double) -> AnyTensor { .scalar(number, .float32) }
        let centres = try call.tensor(2).cast(to: .float32)
        // [images, pixels of the glimpse] along each axis.
        let places = try (0..<2).map { axis -> AnyTensor in
            let size = Double(images[axis + 1])
            var centre = centres.element(axis, axis: 1)
            if try call.bool("normalized") { centre = centre * number(size) }
            if try call.bool("centered") { centre = centre / number(2) + number(size / 2) }
            let start = trunc(centre - number(Double(sizes[axis]) / 2))
            return start.expandingDimension(at: 1)
                + AnyTensor.iota(.float32, shape: [sizes[axis]])
        }
        let grid = [
            places[0].expandingDimension(at: 2) + number(0)
                * AnyTensor.iota(.float32, shape: [sizes[1]]),
            places[1].expandingDimension(at: 1) + number(0)
                * AnyTensor.iota(.float32, shape: [sizes[0], 1]),
        ]
        let inside = pixels(x, images, grid, .scalar(.nan, x.dtype))
        let isInside =
            pixels(
                .ones(like: x, dtype: .float32), images, grid, number(0)) .== number(1)
        let shape = [images[0], sizes[0], sizes[1], images[3]]
        let noise: AnyTensor
        switch try call.string("noise") {
        case "zero": noise = .zeros(x.dtype, shape: shape)
        case "gaussian" where try !call.bool("uniform_noise"):
            noise = .randomNormal(x.dtype, shape: shape, stream: call.stream)
        default: noise = .randomUniform(x.dtype, shape: shape, stream: call.stream)
        }
        return select(isInside, inside, noise)
    }
}
