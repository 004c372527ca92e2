// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Fourier transforms: what they undo, their gradients, and what they refuse. Their numbers are compared in
/// `ComplexGoldenTests` and by the conformance suite.
@Suite struct FourierTests {
    private typealias C = Complex<Double>
    private typealias Z = Tensor<Complex<Double>>
    private typealias D = Tensor<Double>

    private static func pairs(_ random: inout TestRandom, _ shape: [Int]) throws -> NDArray {
        random.array(.float64, shape + [2]).reinterpreted(as: .complex128, shape: shape)
    }

    private func expectNear(
        _ a: NDArray, _ b: NDArray, within bound: Double = 1e-12, _ what: String = "",
        location: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(a.shape == b.shape && a.dtype == b.dtype, "\(what)", sourceLocation: location)
        let distances = zip(a.inReals.doubles, b.inReals.doubles).map { abs($0 - $1) }
        let distance = distances.max() ?? 0
        #expect(distance <= bound, "\(what): off by \(distance)", sourceLocation: location)
    }

    @Test("there and back is the same", arguments: TestedEngine.allCases)
    func roundTrip(_ engine: TestedEngine) throws {
        var random = TestRandom("there and back")
        let session = engine.session()
        for shape in [[1], [6], [4, 9], [3, 5, 8], [2, 130]] {
            let array = try Self.pairs(&random, shape)
            let x = Z.placeholder(shape: Shape(shape.map { $0 }))
            let all = Array(shape.indices)
            var results: [Z] = []
            for norm in FourierNorm.allCases {
                results.append(ifft(fft(x, norm: norm), norm: norm))
                results.append(fft(ifft(x, axes: all, norm: norm), axes: all, norm: norm))
            }
            for result in try session.run(results, feeding: [x: array]) {
                expectNear(result, array, "\(shape)")
            }
            let real = D.placeholder(shape: Shape(shape.map { _ in nil }))
            let numbers = random.array(.float64, shape)
            let back = irfft(rfft(real, axes: all), axes: all, lengths: shape)
            expectNear(try session.run(back, feeding: [real: numbers]), numbers, "\(shape)")
        }
    }

    @Test("the real transform is half of the complex one", arguments: TestedEngine.allCases)
    func half(_ engine: TestedEngine) throws {
        var random = TestRandom("half")
        for length in [1, 2, 7, 12] {
            let x = D.placeholder(shape: [nil, length])
            let whole = fft(x.cast(to: C.self))
            let results = try engine.session().run(
                [rfft(x), whole[TensorRange.all, 0..<length / 2 + 1]],
                feeding: [x: random.array(.float64, [3, length])])
            expectNear(results[0], results[1])
        }
    }

    @Test("a signal is transformed in short times and back", arguments: TestedEngine.allCases)
    func shortTimes(_ engine: TestedEngine) throws {
        var random = TestRandom("short times")
        let x = D.placeholder(shape: [2, 40])
        let z = stft(x, length: 8, step: 3)
        let results = try engine.session().run(
            [z.magnitude, istft(z, length: 8, step: 3), x[TensorRange.all, 0..<38]],
            feeding: [x: random.array(.float64, [2, 40])])
        #expect(results[0].shape == [2, 11, 5])
        // Hann's window begins with 0, so that nothing is known of the first element.
        for row in 0..<2 {
            for i in 1..<38 {
                let (a, b) = (results[1].doubles[row * 38 + i], results[2].doubles[row * 38 + i])
                #expect(abs(a - b) < 1e-12)
            }
        }
    }

    @Test("frames of unknown sizes are those of known ones", arguments: TestedEngine.allCases)
    func framesOfUnknownSizes(_ engine: TestedEngine) throws {
        var random = TestRandom("frames of unknown sizes")
        let session = engine.session()
        // Frames that overlap and that leave gaps, fewer of them than overlap, and a signal that is one.
        for (n, length, step) in [(40, 8, 3), (40, 8, 8), (40, 3, 7), (11, 8, 1), (6, 6, 2)] {
            let frames = 1 + (n - length) / step
            let window = D.placeholder(shape: [length])
            let (signal, weights) = (
                random.array(.float64, [2, n]), random.array(.float64, [length])
            )
            var found: [[NDArray]] = []
            for isKnown in [true, false] {
                let x = D.placeholder(shape: isKnown ? [2, n] : [nil, nil])
                let z = stft(x, length: length, step: step)
                let y = istft(z, length: length, step: step, window: window)
                if isKnown {
                    #expect(z.shape == [2, frames, length / 2 + 1])
                    #expect(y.shape == [2, (frames - 1) * step + length])
                }
                let slopes = try [x, window].map {
                    try #require(try gradient(of: y.squared, withRespectTo: $0))
                }
                found.append(
                    try session.run(
                        [z.magnitude, y] + slopes, feeding: [x: signal, window: weights]))
            }
            for (a, b) in zip(found[0], found[1]) {
                expectNear(a, b, within: 1e-9, "\(n), \(length), \(step)")
            }
        }
        let x = D.placeholder(shape: [nil])
        let short = NDArray([1, 2] as [Double])
        #expect(
            errorCode { _ = try session.run(stft(x, length: 5, step: 1), feeding: [x: short]) }
                == .invalidShape)
    }

    @Test("a window's weights are those of its frames added", arguments: TestedEngine.allCases)
    func weights(_ engine: TestedEngine) throws {
        var random = TestRandom("weights of windows")
        let session = engine.session()
        for (frames, length, step) in [(1, 4, 1), (2, 9, 2), (4, 8, 2), (30, 7, 3), (5, 2, 4)] {
            let window = random.array(.float64, [length])
            let z = try Self.pairs(&random, [frames, length / 2 + 1])
            let n = (frames - 1) * step + length
            var (sums, weights) = (
                [Double](repeating: 0, count: n), [Double](repeating: 0, count: n)
            )
            let pieces = try session.run(irfft(Z(z), lengths: [length])).doubles
            for frame in 0..<frames {
                for i in 0..<length {
                    let weight = window.doubles[i]
                    sums[frame * step + i] += pieces[frame * length + i] * weight
                    weights[frame * step + i] += weight * weight
                }
            }
            let expected = zip(sums, weights).map { $1 == 0 ? $0 : $0 / $1 }
            let y = istft(Z(z), length: length, step: step, window: D(window))
            expectNear(
                try session.run(y), NDArray(expected), within: 1e-9, "\(frames), \(length), \(step)"
            )
        }
    }

    @Test("many numbers are not made while a graph is built")
    func manyNumbers() throws {
        let count = 1 << 27
        let x = Tensor<Float>.placeholder(shape: [count])
        let rows: [Tensor<Float>] = [
            dct(x), idct(x, isOrthonormal: true), .hannWindow(count: count),
            .fftFrequencies(count: count), .rfftFrequencies(count: count),
        ]
        for row in rows { #expect(row.anyTensor.error == nil) }
        let bytes = constantBytes(
            rows.map(\.anyTensor) + [stft(x, length: 1 << 10, step: 1).anyTensor])
        #expect(bytes < 1 << 10, "\(bytes)")
        // Those that are computed in each run are as exact as those that a plan keeps.
        let (few, many) = (1 << 12, 1 << 17)
        let rowsAgain = try Session().run([
            D.hannWindow(count: few), D.hannWindow(count: many)[TensorRange.range(by: 32)],
            dct(D.ones(shape: [few, 1]), axis: 0)[0..<9],
            dct(D.ones(shape: [many, 1]), axis: 0)[0..<9] / 32,
        ])
        expectNear(rowsAgain[0], rowsAgain[1], within: 1e-15)
        expectNear(rowsAgain[2], rowsAgain[3], within: 1e-6)
        let window = try Session().run(Tensor<Float>.hannWindow(count: 6)).doubles
        for (i, number) in [0, 0.25, 0.75, 1, 0.75, 0.25].enumerated() {
            #expect(abs(window[i] - number) < 1e-7)
        }
    }

    /// The memory of all constants in a graph.
    private func constantBytes(_ tensors: [AnyTensor]) -> Int {
        var (seen, bytes) = (Set<ObjectIdentifier>(), 0)
        var left = tensors.map(\.node)
        while let node = left.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            if case .primitive(.constant(let value)) = node.op { bytes += value.array.byteCount }
            left += node.inputs.map(\.node)
        }
        return bytes
    }

    // MARK: Gradients

    private static let losses: [(String, @Sendable (Z) -> D)] = [
        ("fft", { weighed(fft($0)) }), ("ifft", { weighed(ifft($0, axes: [0])) }),
        ("fft2", { weighed(fft($0, axes: [0, 1], norm: .ortho)) }),
        ("fft of fewer", { weighed(fft($0, lengths: [3])) }),
        ("fft of more", { weighed(fft($0, lengths: [8])) }),
        ("rfft", { weighed(rfft($0.realPart * $0.imaginaryPart)) }),
        ("rfft of odd", { weighed(rfft($0.realPart, axes: [0], norm: .forward)) }),
        ("irfft", { irfft($0).squared }), ("irfft of odd", { irfft($0, lengths: [7]).squared }),
        ("irfft2", { irfft($0, axes: [0, 1], norm: .ortho).squared }),
        ("convolution", { x in weighed(ifft(fft(x) * fft(x.conjugate()))) }),
        ("dct", { (dct($0.realPart) * $0.imaginaryPart).sum() }),
        ("idct", { idct($0.realPart, isOrthonormal: true).squared }),
        ("stft", { weighed(stft($0.realPart, length: 4, step: 1)) }),
        ("istft", { istft($0, length: 8, step: 2).squared }),
    ]

    private static func weighed(_ z: Z) -> D {
        let square = z.realPart * z.realPart
        return square.sum() + (z.imaginaryPart * z.realPart * 0.5).sum() + z.imaginaryPart.sum()
    }

    @Test(
        "gradients to second order are those of differences",
        arguments: [TestedEngine.reference, .cpu])
    func gradientsToSecondOrder(_ engine: TestedEngine) throws {
        var random = TestRandom("fourier gradients")
        let shape = [3, 5]
        let (array, vector) = (try Self.pairs(&random, shape), try Self.pairs(&random, shape))
        for (name, loss) in Self.losses {
            try ComplexDifferences.check(name, loss, at: array, along: vector, engine.session())
        }
    }

    @Test("gradients where lengths are unknown", arguments: [TestedEngine.reference, .cpu])
    func unknownLengths(_ engine: TestedEngine) throws {
        var random = TestRandom("unknown lengths")
        for length in [5, 6] {
            let array = random.array(.float64, [2, length])
            var found: [NDArray] = []
            for size in [length, nil] {
                let x = D.placeholder(shape: [2, size])
                let loss = Self.weighed(rfft(x)) + irfft(rfft(x * x), lengths: [length]).squared
                let slope = try #require(try gradient(of: loss, withRespectTo: x))
                found.append(try engine.session().run(slope, feeding: [x: array]))
            }
            expectNear(found[0], found[1])
        }
    }

    @Test("transforms stand in loops and in training", arguments: [TestedEngine.reference, .cpu])
    func loops(_ engine: TestedEngine) throws {
        var random = TestRandom("transforms in loops")
        // A filter of frequencies is learnt from what it does to signals.
        let signals = random.array(.float64, [8, 16])
        let x = D.placeholder(shape: [nil, 16])
        let w = Variable<C>("fourierTests/filter", shape: [9])
        let truth = exp(Tensor<C>.iota(shape: [9]) * Z(C(-0.25, 0.5)))
        let loss = (irfft(rfft(x) * w.value) - irfft(rfft(x) * truth)).squared
        let session = engine.session()
        let step = session.function(
            feeding: x, fetching: loss, try GradientDescent(learningRate: 0.02).minimize(loss))
        let first = try step(signals).0.number
        var last = first
        for _ in 0..<60 { last = try step(signals).0.number }
        #expect(last < first / 1000, "from \(first) to \(last)")
        let (_, rows) = scan(over: x, initial: D(0)) { carry, row in
            let half = rfft(row)
            return (carry + half.squaredMagnitude.sum(), half)
        }
        let results = try session.run([rows, rfft(x)], feeding: [x: signals])
        expectNear(results[0], results[1])
    }

    @Test("any number of threads gives the same bits")
    func threads() throws {
        var random = TestRandom("threads of transforms")
        for (shape, axis) in [
            ([300, 128], 1), ([128, 300], 0), ([7, 257], 1), ([9, 4, 513], 0),
        ] {
            let array = try Self.pairs(&random, shape)
            let x = Z.placeholder(shape: Shape(shape.map { $0 }))
            let results = try [1, 2, 4].map {
                try Session(.init(engine: .cpu(threads: $0))).run(
                    fft(x, axes: [axis]), feeding: [x: array])
            }
            #expect(results[1].hasSameBits(as: results[0]))
            #expect(results[2].hasSameBits(as: results[0]))
        }
    }

    // MARK: What is refused

    @Test("wrong transforms are errors that say what is wrong")
    func errors() throws {
        let x = Z.placeholder(shape: [3, 4])
        let real = D.placeholder(shape: [3, 4])
        let failing: [(AnyTensor, String)] = [
            (fft(x, axes: [2]).anyTensor, "axis 2"), (fft(x, axes: [0, -2]).anyTensor, "twice"),
            (fft(x, lengths: [0]).anyTensor, "positive"),
            (fft(x, axes: [0, 1], lengths: [4]).anyTensor, "lengths"),
            (fft(real).anyTensor, "c128"), (rfft(AnyTensor(NDArray([1, 2]))), "i32"),
            (rfft(x.anyTensor), "c128"),
            (fft(Z.zeros(shape: [2, 0])).anyTensor, "no elements"),
            (dct(D.placeholder(shape: [3, 0])).anyTensor, "no elements"),
            (dct(D.placeholder()).anyTensor, "rank"),
            (istft(Z.placeholder(shape: [0, 3]), length: 4, step: 1).anyTensor, "no signal"),
            (istft(Z.placeholder(shape: [2, nil]), length: 4, step: 1).anyTensor, "must be known"),
            (stft(real, length: 5, step: 1).anyTensor, "no frame"),
            (stft(real, length: 2, step: 0).anyTensor, "positive"),
            (stft(real, length: 2, step: 1, window: D([1, 2, 3])).anyTensor, "window"),
            (istft(x, length: 4, step: 1).anyTensor, "come from"),
            (D.fftFrequencies(count: 0).anyTensor, "positive"),
        ]
        for (tensor, words) in failing {
            let text = tensor.error.map { "\($0)" } ?? "no error"
            #expect(text.contains(words), "\(text)")
        }
        // An error inside goes through what is made of it.
        let truths = AnyTensor(try NDArray(repeating: true, shape: [1, 1]))
        #expect(istft(truths, length: 1, step: 5).error != nil)
        #expect(idct(truths).error != nil && dct(truths).error != nil)
        let open = Z.placeholder(shape: [nil])
        #expect(
            errorCode {
                _ = try Session().run(fft(open), feeding: [open: NDArray([C]())])
            } == .invalidShape)
    }
}

extension Tensor<Double> {
    /// The sum of the squares.
    fileprivate var squared: Tensor { (self * self).sum() }
}
