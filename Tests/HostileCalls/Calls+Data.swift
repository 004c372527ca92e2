// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData

/// Pipelines of data, which are gone through for some elements.
let dataCalls: [Call] = [
    Call("rowsOf") { c in
        let rows = Dataset(rowsOf: c.array(), c.array())
        try read(stages(c, rows.map { $0.0 }).batch(c.int(), droppingRemainder: c.yes()))
        try read(rows.shuffled(seed: 3, bufferSize: c.int()).batch(c.int()))
        _ = try stages(c, rows.map { $0.0 }).prefix(30).elements(epoch: c.int())
        _ = (rows.description, rows.count)
    },
    Call("paddedBatch") { c in
        let arrays = (0..<3).map { _ in c.array() }
        let padding = BatchPadding(value: c.number(), multiple: c.int())
        try read(Dataset(arrays).paddedBatch(c.int(), padding: padding))
        try read(
            Dataset(arrays).bucketed(
                boundaries: c.ints(), batchSizes: c.ints(), padding: padding,
                droppingRemainder: c.yes()
            ) { $0.count })
    },
    Call("prefetch") { c in
        // Elements are numbers: how many threads there may be is what is hostile.
        let numbers = Dataset(count: min(c.int(), 1000)) { $0 }
        try read(numbers.map(threads: min(c.int(), 1 << 12)) { $0 }.prefetch(c.int()))
    },
    Call("interleaved") { c in
        let (cycle, block, count) = (c.int(), c.int(), c.int())
        let all = Dataset([1, 2, count]).interleaved(cycle, block: block) { number in
            Dataset(count: number) { $0 }
        }
        try read(zip(all, Dataset(["a", "b"]).repeated(c.maybe(c.int()))))
        let stream = all.stream()
        stream.begin(epoch: c.int())
        _ = try stream.next()
        var state = stream.exportState()
        state["position"] = NDArray(c.ints().map { Int64($0) })
        try stream.importState(state)
        _ = try stream.next()
        stream.stop()
    },
    Call("split") { c in
        let numbers = Dataset(Array(0..<30))
        let parts = numbers.split(validation: c.number(), seed: 1)
        try read(parts.training.batch(c.int()))
        let (step, share) = (c.int(), c.number())
        let strata = try numbers.split(validation: share, seed: 1) { $0 / (step == 0 ? 1 : step) }
        try read(strata.validation)
        try read(Dataset(windowsOf: c.array(), length: c.int(), step: c.int()))
    },
    Call("oneHot") { c in
        _ = try NDArray(classWeightsOf: c.array(), classes: min(c.int(), 1 << 20))
        _ = try NDArray(oneHot: c.array(), classes: c.int())
    },
    Call("inverted") { c in
        let standardize = try Standardizer(fitting: c.array())
        _ = try standardize.inverted(standardize(c.array()))
        _ = try Standardizer(mean: c.array(), standardDeviation: c.array())(c.array())
    },
    Call("centered") { c in
        var random = RandomStream(seed: 1, name: "hostile")
        let augment = ImageAugmentation(
            flipProbability: c.number(), verticalFlipProbability: c.number(), padding: c.int(),
            cropSize: c.maybe((height: c.int(), width: c.int())), mean: [Float(c.number())],
            standardDeviation: [1, 2])
        _ = try augment(c.array(), &random)
        _ = try augment.centered(c.array())
    },
    Call("resizedImage") { c in
        let fit = c.choice(ImageFit.allCases)
        _ = try c.array().resizedImage(to: (height: c.int(), width: c.int()), fit: fit)
        let shape = [c.choice([0, 1, 3]), 2, c.choice([0, 1, 3])]
        let image = try NDArray(repeating: Float(c.number()), shape: shape)
            .cast(to: c.choice([.uint8, .uint16, .float32]))
        _ = try image.resizedImage(to: (height: c.int(), width: c.int()), fit: fit)
    },
    Call("serialized") { c in
        let bytes = c.ints().map { UInt8(truncatingIfNeeded: $0) }
        let example = try TensorFlowExample(serialized: bytes)
        _ = try (example.serialized(), example.array(named: c.name(), shape: c.ints()))
    },
]

private func stages(_ c: Chain, _ dataset: Dataset<NDArray>) -> Dataset<NDArray> {
    var result = dataset
    for _ in 0..<c.draws.below(3) {
        switch c.draws.below(6) {
        case 0: result = result.prefix(c.int())
        case 1: result = result.dropFirst(c.int())
        case 2: result = result.shard(c.int(), of: c.int())
        case 3: result = result.filter { _ in true }.shuffled(seed: 1, bufferSize: c.int())
        case 4: result = result.cached().repeated(c.maybe(c.int()))
        default: result = result.map(seed: 2) { array, _ in array }
        }
    }
    return result
}

/// The first elements, and the first after going on from there.
private func read<Element>(_ dataset: Dataset<Element>) throws {
    let stream = dataset.stream()
    for _ in 0..<20 where try stream.next() == nil { break }
    let state = stream.exportState()
    try stream.importState(state)
    _ = try stream.next()
}
