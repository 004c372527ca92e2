// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// Boxes of images that the host chooses among, and draws.
enum BoxOperations {
    static let all: [OperationDefinition] = choices + drawings

    // MARK: Choices

    private static let choices: [OperationDefinition] = [
        OperationDefinition(
            "NonMaxSuppressionWithOverlaps", outputs: ["selected_indices"],
            tensors: { call in
                call.measured([(.int32, 1)], try call.tensors(to: 5)) { inputs in
                    let (scores, most) = (inputs[1].doubles, try inputs[2].integer)
                    let overlaps = inputs[0].doubles
                    guard overlaps.count == scores.count * scores.count else {
                        throw HostProblem("\(inputs[0].shape) overlaps of \(scores.count) boxes")
                    }
                    let choice = BoxChoice(
                        most: most, overlap: try first(inputs[3]), least: try first(inputs[4]))
                    let found = choice.boxes(scores) { overlaps[$0 * scores.count + $1] }
                    return [NDArray(found.map { Int32(clamping: $0.box) })]
                }
            }),
        OperationDefinition(
            "CombinedNonMaxSuppression",
            outputs: ["nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"],
            defaults: ["pad_per_class": false, "clip_boxes": true], tensors: combined),
    ]

    /// Boxes whose scores are lowered by overlaps with better ones, and the scores: `most` of them, those
    /// behind the number that is found zeros.
    static func softlySuppressed(_ call: NodeCall) throws -> [AnyTensor] {
        let most = try call.integer(2)
        guard (0...1 << 24).contains(most) else {
            throw call.error(.malformed, "it chooses \(most) boxes")
        }
        let scores = try call.tensor(1)
        let inputs = try [0, 1, 3, 4, 5].map { try call.tensor($0).cast(to: .float64) }
        let found = call.hosted(
            [.array(.int32, [most]), .array(.float32, [most]), .array(.int32, [])], inputs
        ) { inputs in
            let boxes = try Box.all(inputs[0])
            let choice = BoxChoice(
                most: most, overlap: try first(inputs[2]), least: try first(inputs[3]),
                softness: try first(inputs[4]))
            let found = choice.boxes(inputs[1].doubles) { boxes[$0].overlap(with: boxes[$1]) }
            let missing = most - found.count
            return [
                NDArray(
                    found.map { Int32(clamping: $0.box) } + Array(repeating: 0, count: missing)),
                NDArray(found.map { Float($0.score) } + Array(repeating: 0, count: missing)),
                NDArray(Int32(clamping: found.count)),
            ]
        }
        guard found.count == 3 else { return found }
        return [found[0], found[1].cast(to: scores.dtype), found[2]]
    }

    private static func combined(_ call: NodeCall) throws -> [AnyTensor] {
        let sizes = try call.dimensions(of: try call.tensor(0), "the boxes")
        let scores = try call.dimensions(of: try call.tensor(1), "the scores")
        guard sizes.count == 4, scores.count == 3, sizes[3] == 4, sizes[0] == scores[0],
            sizes[1] == scores[1], sizes[2] == 1 || sizes[2] == scores[2]
        else { throw call.error(.malformed, "boxes \(sizes) of scores \(scores)") }
        let (each, total) = (try call.integer(2), try call.integer(3))
        guard (1...1 << 24).contains(each), (1...1 << 24).contains(total) else {
            throw call.error(.malformed, "it chooses \(each) boxes of a class, and \(total) in all")
        }
        let (isPadded, isClipped) = (try call.bool("pad_per_class"), try call.bool("clip_boxes"))
        let product = each.multipliedReportingOverflow(by: scores[2])
        let count =
            isPadded && !product.overflow ? min(total, product.partialValue) : total
        let batch = sizes[0]
        let inputs = try [0, 1, 4, 5].map { try call.tensor($0) }
        return call.hosted(
            [
                .array(.float32, [batch, count, 4]), .array(.float32, [batch, count]),
                .array(.float32, [batch, count]), .array(.int32, [batch]),
            ], inputs
        ) { inputs in
            let (boxes, all) = (inputs[0].doubles, inputs[1].doubles)
            let choice = BoxChoice(
                most: each, overlap: try first(inputs[2]), least: try first(inputs[3]))
            let (places, classes) = (scores[1], scores[2])
            var results: (boxes: [Float], scores: [Float], classes: [Float], counts: [Int32]) =
                ([], [], [], [])
            for example in 0..<batch {
                func box(_ place: Int, _ number: Int) -> Box {
                    let own = sizes[2] == 1 ? 0 : number
                    let index = (example * places + place) * sizes[2] + own
                    return Box(boxes[(4 * index)...])
                }
                func score(_ place: Int, _ number: Int) -> Double {
                    all[(example * places + place) * classes + number]
                }
                var found: [(place: Int, number: Int, score: Double)] = []
                for number in 0..<classes {
                    found += choice.boxes((0..<places).map { score($0, number) }) {
                        box($0, number).overlap(with: box($1, number))
                    }.map { ($0.box, number, $0.score) }
                }
                let order = found.indices.sorted {
                    found[$0].score > found[$1].score
                        || found[$0].score == found[$1].score && $0 < $1
                }.prefix(count)
                for index in order {
                    let corners = box(found[index].place, found[index].number).corners
                    results.boxes += corners.map { Float(isClipped ? min(max($0, 0), 1) : $0) }
                    results.scores.append(Float(found[index].score))
                    results.classes.append(Float(found[index].number))
                }
                let missing = count - order.count
                results.boxes += Array(repeating: 0, count: 4 * missing)
                results.scores += Array(repeating: 0, count: missing)
                results.classes += Array(repeating: 0, count: missing)
                results.counts.append(Int32(clamping: order.count))
            }
            return [
                try NDArray(results.boxes, shape: [batch, count, 4]),
                try NDArray(results.scores, shape: [batch, count]),
                try NDArray(results.classes, shape: [batch, count]), NDArray(results.counts),
            ]
        }
    }

    private static func first(_ array: NDArray) throws -> Double {
        guard let number = array.doubles.first else { throw HostProblem("a number is missing") }
        return number
    }

    // MARK: Drawings

    private static let drawings: [OperationDefinition] = ["", "V2"].map { version in
        OperationDefinition("DrawBoundingBoxes\(version)") { call in
            let x = try call.tensor(0)
            let inputs = try call.tensors().map { $0.cast(to: .float32) }
            return call.hosted([.like(0)], inputs) { inputs in
                [
                    try BoxDrawing(colours: inputs.count > 2 ? inputs[2] : nil).drawn(
                        inputs[0], inputs[1])
                ]
            }[0].cast(to: x.dtype)
        }
    }
}

/// A box by two corners.
struct Box {
    let corners: [Double]

    init(_ numbers: some Collection<Double>) { corners = Array(numbers.prefix(4)) }

    /// All boxes of an array [count, 4].
    static func all(_ array: NDArray) throws -> [Box] {
        guard array.shape.count == 2, array.shape[1] == 4 else {
            throw HostProblem("\(array.shape) is no array of boxes")
        }
        let numbers = array.doubles
        return (0..<array.shape[0]).map { Box(numbers[($0 * 4)...]) }
    }

    private func side(_ axis: Int) -> (low: Double, high: Double) {
        (min(corners[axis], corners[axis + 2]), max(corners[axis], corners[axis + 2]))
    }

    private var area: Double {
        (0..<2).reduce(1) { $0 * (side($1).high - side($1).low) }
    }

    /// The area that both have, divided by that which either has.
    func overlap(with other: Box) -> Double {
        if area <= 0 || other.area <= 0 { return 0 }
        let both = (0..<2).reduce(1.0) { product, axis in
            let (a, b) = (side(axis), other.side(axis))
            return product * max(min(a.high, b.high) - max(a.low, b.low), 0)
        }
        return both / (area + other.area - both)
    }
}

/// A choice of the boxes with the highest scores that hardly overlap.
private struct BoxChoice {
    let most: Int
    let overlap: Double
    let least: Double
    /// How slowly scores fall with overlaps (Bodla et al. 2017); 0 for not at all.
    var softness = 0.0

    func boxes(
        _ scores: [Double], overlaps: (Int, Int) -> Double
    ) -> [(box: Int, score: Double)] {
        var candidates = scores.indices.filter { scores[$0] > least }
            .map { (box: $0, score: scores[$0], compared: 0) }
        var found: [(box: Int, score: Double)] = []
        // The best stands last; of equal ones the first in the input.
        func isWorse(
            _ a: (box: Int, score: Double, compared: Int), _ score: Double, _ box: Int
        )
            -> Bool
        { a.score < score || a.score == score && a.box > box }
        candidates.sort { isWorse($0, $1.score, $1.box) }
        while found.count < most, var next = candidates.popLast() {
            let before = next.score
            var isSuppressed = false
            for place in stride(from: found.count - 1, through: next.compared, by: -1) {
                let overlap = overlaps(next.box, found[place].box)
                next.score *=
                    overlap <= self.overlap
                    ? (softness > 0 ? Foundation.exp(-0.5 * overlap * overlap / softness) : 1) : 0
                if softness == 0, overlap > self.overlap { isSuppressed = true }
                if isSuppressed || next.score <= least { break }
            }
            next.compared = found.count
            if isSuppressed { continue }
            if next.score == before {
                found.append((next.box, next.score))
            } else if next.score > least {
                let place =
                    candidates.firstIndex { !isWorse($0, next.score, next.box) } ?? candidates.count
                candidates.insert(next, at: place)
            }
        }
        return found
    }
}

/// The edges of boxes, drawn into images.
private struct BoxDrawing {
    private let colours: [[Float]]

    private static let usual: [[Float]] = [
        [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1], [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
    ]

    /// - Parameter colours: [count, channels]; nil for the usual ones.
    init(colours given: NDArray?) throws {
        guard let given, given.count > 0, given.shape.count == 2 else {
            colours = Self.usual
            return
        }
        let numbers: [Float] = try given.scalars()
        let width = given.shape[1]
        colours = (0..<given.shape[0]).map { Array(numbers[$0 * width..<($0 + 1) * width]) }
    }

    func drawn(_ images: NDArray, _ boxes: NDArray) throws -> NDArray {
        let shape = images.shape
        guard shape.count == 4, boxes.shape.count == 3, boxes.shape[2] == 4,
            boxes.shape[0] == shape[0]
        else { throw HostProblem("boxes \(boxes.shape) of images \(shape)") }
        var pixels: [Float] = try images.scalars()
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        let corners = boxes.doubles
        for example in 0..<shape[0] {
            for number in 0..<boxes.shape[1] {
                let box = (0..<4).map { corner -> Int? in
                    let size = Float((corner % 2 == 0 ? height : width) - 1)
                    let place =
                        Float(corners[(example * boxes.shape[1] + number) * 4 + corner]) * size
                    return place.isFinite ? Int(max(-1e9, min(1e9, place))) : nil
                }.compactMap { $0 }
                guard box.count == 4, box[0] <= box[2], box[1] <= box[3], box[0] < height,
                    box[2] >= 0, box[1] < width, box[3] >= 0
                else { continue }
                var colour = colours[number % colours.count]
                // Images of one channel are drawn into with white.
                if channels == 1 { colour = [1] }
                func draw(_ row: Int, _ column: Int) {
                    let start = ((example * height + row) * width + column) * channels
                    for channel in 0..<min(channels, colour.count) {
                        pixels[start + channel] = colour[channel]
                    }
                }
                let rows = max(box[0], 0)...min(box[2], height - 1)
                let columns = max(box[1], 0)...min(box[3], width - 1)
                if box[0] >= 0 { for column in columns { draw(box[0], column) } }
                if box[2] < height { for column in columns { draw(box[2], column) } }
                if box[1] >= 0 { for row in rows { draw(row, box[1]) } }
                if box[3] < width { for row in rows { draw(row, box[3]) } }
            }
        }
        return try NDArray(pixels, shape: shape)
    }
}
