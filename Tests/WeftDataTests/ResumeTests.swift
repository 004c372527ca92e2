// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftCheckpoints
import WeftData
import WeftDigits

/// A stream that goes on from its state gives what would have followed.
@Suite struct ResumeTests {
    /// Pipelines of numbers, each stage in several company.
    static let pipelines: [(name: String, make: @Sendable () -> Dataset<Double>)] = [
        ("array", { numbers(7) }),
        ("shuffled", { numbers(12).shuffled(seed: 3) }),
        ("map", { numbers(9).shuffled(seed: 3).map { 2 * $0 } }),
        ("parallel map", { numbers(11).shuffled(seed: 3).map(threads: 3) { 2 * $0 } }),
        (
            "shuffled after parallel map",
            { numbers(11).map(threads: 2) { 2 * $0 }.shuffled(seed: 3) }
        ),
        ("random map", { numbers(8).map(seed: 5) { $0 + $1.nextUniform() } }),
        (
            "random parallel map",
            { numbers(8).shuffled(seed: 1).map(seed: 5, threads: 2) { $0 + $1.nextUniform() } }
        ),
        ("filter", { numbers(20).filter { $0.truncatingRemainder(dividingBy: 3) != 0 } }),
        ("buffer", { numbers(15).filter { $0 != 4 }.shuffled(seed: 8, bufferSize: 4) }),
        ("large buffer", { numbers(9).filter { _ in true }.shuffled(seed: 8, bufferSize: 100) }),
        ("buffer of one", { numbers(6).filter { _ in true }.shuffled(seed: 8, bufferSize: 1) }),
        ("batch", { summed(numbers(10).shuffled(seed: 3).batch(3)) }),
        ("batch without remainder", { summed(numbers(10).batch(3, droppingRemainder: true)) }),
        ("prefetch", { summed(numbers(10).shuffled(seed: 3).batch(3)).prefetch(2) }),
        ("prefetch much", { numbers(10).shuffled(seed: 3).prefetch(50) }),
        ("prefetch twice", { summed(numbers(14).prefetch(3).batch(4).prefetch(2)) }),
        ("repeat", { numbers(4).shuffled(seed: 6).repeated(3) }),
        ("endless", { numbers(4).shuffled(seed: 6).repeated().prefix(11) }),
        ("cache", { numbers(6).map { $0 * 3 }.cached().shuffled(seed: 9) }),
        ("cache without indices", { numbers(9).filter { $0 > 2 }.cached().map { $0 + 1 } }),
        ("prefix", { numbers(20).filter { _ in true }.prefix(7) }),
        ("dropFirst", { numbers(12).filter { _ in true }.dropFirst(5) }),
        ("shard", { numbers(20).shuffled(seed: 2).filter { _ in true }.shard(1, of: 3) }),
        (
            "zip",
            {
                zip(numbers(8).shuffled(seed: 1), numbers(9).shuffled(seed: 2)).map {
                    $0 + 100 * $1
                }
            }
        ),
        (
            "zip without indices",
            {
                zip(numbers(8).filter { $0 > 1 }, numbers(9).shuffled(seed: 2)).map {
                    $0 + 100 * $1
                }
            }
        ),
        (
            "interleaved",
            {
                numbers(5).shuffled(seed: 4).interleaved(3, block: 2) { start in
                    numbers(Int(start) + 1).shuffled(seed: 7).map { 100 * start + $0 }
                }
            }
        ),
        (
            "sequence",
            { Dataset { epoch in stride(from: Double(epoch), to: 8, by: 1) }.prefetch(1) }
        ),
        (
            "buckets",
            {
                summed(
                    numbers(17).shuffled(seed: 1).map { NDArray([$0]) }
                        .bucketed(boundaries: [5, 9], batchSizes: [2, 3, 4]) { Int($0.doubles[0]) })
            }
        ),
        (
            "all of it",
            {
                summed(
                    numbers(30).shard(0, of: 2).shuffled(seed: 1)
                        .map(seed: 3, threads: 2) { $0 + $1.nextUniform() }
                        .filter { $0 > 3 }.shuffled(seed: 2, bufferSize: 5).batch(2)
                        .repeated(2).map(threads: 2) { try $0 * 2 }
                ).prefetch(3)
            }
        ),
    ]

    private static func numbers(_ count: Int) -> Dataset<Double> {
        Dataset(count: count) { Double($0) }
    }

    private static func summed(_ batches: Dataset<NDArray>) -> Dataset<Double> {
        // The place of each element counts.
        batches.map {
            $0.doubles.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
        }
    }

    /// What a stream gives in so many steps; NaN stands for the end of an epoch.
    private func read(_ stream: DataStream<Double>, _ count: Int) throws -> [UInt64] {
        try (0..<count).map { _ in try stream.next()?.bitPattern ?? Double.nan.bitPattern }
    }

    @Test("from every position", arguments: pipelines.indices)
    func everywhere(_ index: Int) throws {
        let (name, make) = Self.pipelines[index]
        let steps = 45
        let whole = try read(make().stream(), steps)
        let ends = whole.indices.filter { whole[$0] == Double.nan.bitPattern }
        try #require(ends.count > 1, "\(name) has one epoch only")
        if name != "array" && !name.contains("indices") && name != "filter" && name != "prefix"
            && name != "dropFirst" && !name.contains("remainder") && name != "prefetch twice"
            && name != "buffer of one"
        {
            #expect(
                whole[..<ends[0]] != whole[ends[0] + 1..<ends[1]], "\(name): epochs do not differ")
        }
        let running = make().stream()
        for cut in 0...30 {
            if cut > 0 { #expect(try read(running, 1) == [whole[cut - 1]], "\(name) at \(cut)") }
            let state = running.exportState()
            let resumed = make().stream()
            // Where it was before is of no account.
            if cut % 3 == 1 { _ = try read(resumed, cut) }
            try resumed.importState(state)
            #expect(resumed.epoch == running.epoch && resumed.count == running.count)
            // The state says the same again.
            if cut % 2 == 0 { #expect(resumed.exportState() == state, "\(name) at \(cut)") }
            let rest = min(steps - cut, 14)
            #expect(
                try read(resumed, rest) == Array(whole[cut..<cut + rest]), "\(name) after \(cut)")
            if cut % 7 == 3 { running.stop() }
        }
    }

    @Test("a training goes on from a file in the middle of an epoch, with the same bits")
    func training() throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.safetensors").path
            let whole = try SmallTraining()
            try whole.run(53)
            let first = try SmallTraining()
            try first.run(30)
            #expect(first.stream.epoch == 1 && first.stream.count == 8)
            try first.session.save(to: path, with: ["data": first.stream])
            let second = try SmallTraining()
            try second.session.restore(from: path, with: ["data": second.stream])
            try second.run(23)
            let (a, b) = (try whole.session.exportState(), try second.session.exportState())
            #expect(a.step == b.step && a.variables.count > 3)
            for (name, array) in a.variables {
                #expect(b.variables[name]?.hasSameBits(as: array) == true, "\(name)")
            }
        }
    }

    /// Digits, augmented at random on two threads, shuffled and made in advance.
    private struct SmallTraining {
        let session = Session(.init(seed: 3))
        let stream: DataStream<Digits>
        let step: (NDArray, NDArray) throws -> Void

        init() throws {
            stream = Dataset(rowsOf: try Digits.training())
                .shuffled(seed: 11)
                .map(seed: 12, threads: 2) { digit, random in
                    var digit = digit
                    digit.images = try digit.images * Float(0.5 + random.nextUniform())
                    return digit
                }
                .batch(64, droppingRemainder: true)
                .prefetch(3)
                .stream()
            let images = Tensor<Float>.placeholder(shape: [nil, 8, 8, 1])
            let labels = Tensor<Int32>.placeholder(shape: [nil])
            let model = Sequential<Tensor<Float>, Tensor<Float>> {
                Flatten()
                Dense("first", inputs: 64, units: 16)
                relu
                Dropout("dropout", rate: 0.3)
                Dense("last", inputs: 16, units: 10)
            }
            let loss = softmaxCrossEntropy(
                logits: model(images, mode: .training), labels: labels)
            let function = session.function(
                feeding: images, labels, fetching: loss, try Adam().minimize(loss))
            step = { _ = try function($0, $1) }
        }

        func run(_ count: Int) throws {
            var done = 0
            while done < count {
                guard let batch = try stream.next() else { continue }
                try step(batch.images, batch.labels)
                done += 1
            }
        }
    }

    @Test("a state of another pipeline, or none at all, is refused")
    func mismatches() throws {
        let stream = Dataset(Array(0..<10)).shuffled(seed: 1).batch(3).prefetch(2).stream()
        _ = try stream.next()
        let state = stream.exportState()
        let other = Dataset(Array(0..<10)).shuffled(seed: 2).batch(3).prefetch(2).stream()
        let text = errorText { try other.importState(state) }
        #expect(text?.contains("shuffled(seed: 1)") == true, "\(text ?? "")")
        #expect(text?.contains("shuffled(seed: 2)") == true, "\(text ?? "")")
        #expect(errorText { try stream.importState([:]) } != nil)
        for row in [[1], [-1, 0], [1, 1, 5], [.max, .max], [2, 0, 0, 1 << 40], [1, 0, -3]]
            as [[Int64]]
        {
            var wrong = state
            wrong["position"] = NDArray(row)
            #expect(throws: CheckpointPartError.self, "\(row)") { try stream.importState(wrong) }
        }
        for key in ["epoch", "count"] {
            var wrong = state
            wrong[key] = NDArray(Int64(-1))
            #expect(throws: CheckpointPartError.self) { try stream.importState(wrong) }
            wrong[key] = nil
            #expect(throws: CheckpointPartError.self) { try stream.importState(wrong) }
        }
        // It is where it was.
        #expect(stream.exportState() == state)
        #expect(try stream.next()?.count == 3)
    }
}
