// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Attention: what follows from one another, whatever the numbers.
@Suite("Attention") struct AttentionTests {
    private typealias D = Tensor<Double>

    private func numbers(_ shape: [Int]) throws -> NDArray {
        let count = shape.reduce(1, *)
        return try NDArray((0..<count).map { Double(($0 * 37) % 23 - 11) / 8 }, shape: shape)
    }

    private func expectEqual(_ a: NDArray, _ b: NDArray, _ what: String) {
        #expect(a.shape == b.shape, "\(what)")
        for (x, y) in zip(a.doubles, b.doubles) { #expect(abs(x - y) < 1e-13, "\(what)") }
    }

    @Test("step by step with a cache as all at once", arguments: TestedEngine.allCases)
    func cache(_ engine: TestedEngine) throws {
        let layer = MultiHeadAttention<Double>(
            "a", width: 8, heads: 4, keyValueHeads: 2, isCausal: true, rotary: RotaryPositions())
        let x = D.placeholder(shape: [2, 5, 8])
        let whole = layer(x, mode: .inference)
        var cache = layer.emptyCache(count: 2, capacity: 6)
        var parts: [D] = []
        for range in [0..<2, 2..<3, 3..<5] {
            let (output, next) = layer.attended(x[0..., range], cache: cache, mode: .inference)
            parts.append(output)
            cache = next
        }
        let found = try engine.session().run(
            [whole, concatenated(parts, axis: 1), cache.count.cast(to: Double.self)],
            feeding: [x: try numbers([2, 5, 8])])
        expectEqual(found[0], found[1], "outputs")
        #expect(found[2].number == 5)
    }

    @Test(
        "the cache goes through a loop, and says when it is full", arguments: TestedEngine.allCases)
    func loop(_ engine: TestedEngine) throws {
        let layer = MultiHeadAttention<Double>("a", width: 4, heads: 2, isCausal: true)
        let x = D.placeholder(shape: [nil, 1, 3, 4])
        let whole = layer(x[0..., 0, 0, 0...].expandingDimension(at: 0), mode: .inference)
        func decoded(_ capacity: Int) -> Tensor<Double> {
            let empty = layer.emptyCache(count: 1, capacity: capacity)
            return scan(over: x, initial: empty.keys, empty.values, empty.count) { k, v, n, x in
                let cache = AttentionCache(keys: k, values: v, count: n)
                let (y, next) = layer.attended(x[0..., 0..<1], cache: cache, mode: .inference)
                return ((next.keys, next.values, next.count), y)
            }.outputs
        }
        let session = engine.session()
        let array = try numbers([3, 1, 3, 4])
        let found = try session.run([whole, decoded(3)], feeding: [x: array])
        expectEqual(
            try found[0].reshaped(to: [12]), try found[1].reshaped(to: [12]), "outputs")
        let text = errorText { _ = try session.run(decoded(2), feeding: [x: array]) }
        #expect(text.contains("no room for more positions"), "\(text)")
    }

    @Test(
        "a query that may attend to nothing gets 0, and its slopes are 0",
        arguments: TestedEngine.allCases)
    func nothing(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [nil, 1, nil, 2])
        let mask = Tensor<Bool>.placeholder(shape: [nil, nil])
        let y = scaledDotProductAttention(query: x, key: x, value: x, mask: .allowed(mask))
        let slope = try #require(try gradient(of: y.sum(), withRespectTo: x))
        let allowed = try NDArray([true, false, false, false], shape: [2, 2])
        let found = try engine.session().run(
            [y, slope], feeding: [x: try numbers([1, 1, 2, 2]), mask: allowed])
        let first = try numbers([1, 1, 2, 2]).doubles.prefix(2)
        #expect(found[0].doubles == first + [0, 0])
        #expect(found[1].doubles == [1, 1, 0, 0])
    }

    @Test("a whole model of characters, of 16-bit numbers, too")
    func model() throws {
        func check<T: FloatingScalar>(_ type: T.Type) throws {
            var options = TransformerOptions<T>()
            options.isGated = true
            options.norm = { RMSNorm<T>($0) }
            options.rotary = RotaryPositions()
            options.usesBias = false
            options.dropout = 0.1
            options.activation = { silu($0) }
            let model = Sequential {
                Embedding<T>("tokens", entries: 16, width: 8)
                SinusoidalPositions()
                LearnedPositions("positions", most: 6)
                for i in 0..<2 {
                    TransformerEncoderBlock(
                        "block\(i)", width: 8, heads: 2, hidden: 12, isCausal: true,
                        options: options)
                }
                RMSNorm("norm")
                Dense("logits", units: 16)
            }
            let words = Tensor<Int32>.placeholder(shape: [nil, nil])
            let logits = model(words, mode: .training)
            #expect(logits.shape == [nil, nil, 16])
            #expect(
                model.variables.map(\.name).filter { $0.hasPrefix("block1") } == [
                    "block1/attention/query/kernel", "block1/attention/key/kernel",
                    "block1/attention/value/kernel", "block1/attention/output/kernel",
                    "block1/norm1/gamma", "block1/feed_forward/first/kernel",
                    "block1/feed_forward/gate/kernel", "block1/feed_forward/second/kernel",
                    "block1/norm2/gamma",
                ])
            let flat = logits.reshaped(to: [-1, 16])
            let loss = softmaxCrossEntropy(
                logits: flat, labels: words.reshaped(to: [-1])
            ).cast(to: Float.self)
            let step = try Adam(learningRate: 0.02).minimize(loss)
            let session = Session(.init(seed: 1))
            let batch = try NDArray((0..<30).map { Int32($0 * 7 % 16) }, shape: [5, 6])
            var losses: [Double] = []
            for _ in 0..<60 {
                losses.append(
                    try session.run(
                        [loss.anyTensor, step.anyTensor], feeding: [words: batch])[0].number)
            }
            #expect(losses[59] < losses[0] * 0.6, "\(losses[0]) to \(losses[59])")
            let long = try NDArray((0..<7).map { Int32($0) }, shape: [1, 7])
            #expect(errorCode { _ = try session.run(logits, feeding: [words: long]) } != nil)
        }
        try check(Float.self)
        try check(BFloat16.self)
    }

    @Test("dropped weights are drawn in training only")
    func dropout() throws {
        let layer = MultiHeadAttention<Double>("a", width: 4, heads: 1, dropout: 0.5)
        let x = D.placeholder(shape: [1, 6, 4])
        let session = Session(.init(seed: 1))
        let feeds: Feeds = [x: try numbers([1, 6, 4])]
        let kept = try session.run(layer(x, mode: .inference), feeding: feeds)
        let same = try session.run(
            layer(x, mode: .decided(by: Tensor<Bool>(false))), feeding: feeds)
        #expect(same == kept)
        #expect(try session.run(layer(x, mode: .training), feeding: feeds) != kept)
    }

    @Test("positions: sines and cosines, and a table's rows", arguments: TestedEngine.allCases)
    func positions(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [nil, nil, 4])
        let zeros = NDArray.zeros(.float64, [1, 3, 4])
        let session = engine.session()
        let waves = try session.run(SinusoidalPositions()(x), feeding: [x: zeros]).doubles
        #expect(waves.prefix(4) == [0, 1, 0, 1])
        let third = [0.9092974268256817, -0.4161468365471424, 0.0199986667, 0.9998000067]
        for (a, b) in zip(waves.suffix(4), third) { #expect(abs(a - b) < 1e-9) }
        let table = try numbers([5, 4])
        let rows = LearnedPositions<Double>("p", most: 5, initializer: .value(table))
        let found = try session.run(rows(x), feeding: [x: zeros])
        #expect(found.doubles == Array(table.doubles.prefix(12)))
        let long = rows(D.placeholder(shape: [nil, 6, 4]))
        #expect(long.error?.reason == "there are 6 positions, and rows for 5")
    }

    @Test("what does not fit says so")
    func errors() {
        func reason(_ y: D) -> String { y.error.map { "\($0)" } ?? "no error" }
        let x = D.placeholder(shape: [1, 3, 8])
        let uneven = MultiHeadAttention<Double>("a", width: 8, heads: 3)
        #expect(reason(uneven(x, mode: .training)).contains("the heads must divide the width"))
        let groups = MultiHeadAttention<Double>("a", width: 8, heads: 4, keyValueHeads: 3)
        #expect(reason(groups(x, mode: .training)).contains("4 and 3 heads"))
        for heads in [0, -1, Int.max, Int.min] {
            let layer = MultiHeadAttention<Double>("a", width: 8, heads: heads, headWidth: 2)
            #expect(layer(x, mode: .training).error != nil)
            let cache = layer.emptyCache(count: heads, capacity: heads)
            #expect(heads == 0 || cache.keys.error != nil)
        }
        let layer = MultiHeadAttention<Double>("a", width: 8, heads: 2)
        #expect(reason(layer(.placeholder(shape: [3, 8]), mode: .training)).contains("positions"))
        let odd = MultiHeadAttention<Double>(
            "a", width: 6, heads: 2, rotary: RotaryPositions())
        #expect(
            reason(odd(x, mode: .training)).contains("the width must be even and positive, not 3"))
        let q = D.placeholder(shape: [1, 4, 3, 2])
        let k = D.placeholder(shape: [1, 3, 3, 2])
        #expect(
            reason(scaledDotProductAttention(query: q, key: k, value: k))
                .contains("4 heads of queries cannot share 3 heads of keys"))
        #expect(
            scaledDotProductAttention(
                query: q, key: q, value: q, mask: .allowed(.placeholder(shape: [5]))
            ).error != nil)
    }
}
