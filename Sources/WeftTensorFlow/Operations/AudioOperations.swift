// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// Sounds: files of them, their spectra, and what recognizers of speech make of these.
enum AudioOperations {
    static let all: [OperationDefinition] = files + spectra

    // MARK: Files

    private static let files: [OperationDefinition] = [
        OperationDefinition(
            "DecodeWav", outputs: ["audio", "sample_rate"],
            defaults: ["desired_channels": -1, "desired_samples": -1],
            tensors: { call in
                let (channels, samples) = (
                    try call.int("desired_channels"), try call.int("desired_samples")
                )
                return call.measured([(.float32, 2), (.int32, 0)], [try call.tensor(0)]) { inputs in
                    guard let bytes = try inputs[0].byteStrings().first else {
                        throw HostProblem("there is no file")
                    }
                    let sound = try WaveFile(bytes)
                    return [
                        try sound.samples(channels: channels, count: samples),
                        NDArray(Int32(truncatingIfNeeded: sound.rate)),
                    ]
                }
            }),
        OperationDefinition("EncodeWav") { call in
            call.hosted([.array(.string, [])], try call.tensors(to: 2)) { inputs in
                let (samples, rate) = (inputs[0].doubles, try inputs[1].integer)
                guard inputs[0].shape.count == 2, (1...Int(Int32.max)).contains(rate),
                    (1...65535).contains(inputs[0].shape[1])
                else { throw HostProblem("\(inputs[0].shape) samples at a rate of \(rate)") }
                let bytes = try WaveFile.bytes(samples, channels: inputs[0].shape[1], rate: rate)
                return [try NDArray(byteStrings: [bytes], shape: [])]
            }[0]
        },
    ]

    // MARK: Spectra

    private static let spectra: [OperationDefinition] = [
        OperationDefinition("AudioSpectrogram", defaults: ["magnitude_squared": false]) { call in
            let (length, step) = (try call.int("window_size"), try call.int("stride"))
            guard (2...1 << 24).contains(length), (1...1 << 40).contains(step) else {
                throw call.error(.malformed, "windows of \(length) samples every \(step)")
            }
            var points = 1
            while points < length { points *= 2 }
            // [samples, channels]; the spectra stand by channels.
            let x = try call.tensor(0).transposed(permutation: [1, 0])
            let one = AnyTensor.scalar(1, .int64)
            let count = maximum(
                (x.size(ofAxis: 1) - .scalar(Double(length), .int64)).floorDivided(
                    by: .scalar(Double(step), .int64)) + one, .scalar(0, .int64))
            let starts =
                AnyTensor.range(from: .scalar(0, .int64), to: count, by: one)
                * .scalar(Double(step), .int64)
            let places = starts.expandingDimension(at: 1) + AnyTensor.iota(.int64, shape: [length])
            let window = AnyTensor.hannWindow(.float32, count: length)
            let frames = x.gathered(at: places, axis: 1) * window
            let padded = frames.padded(
                with: .scalar(0, .float32), sizes: [(0, 0), (0, 0), (0, points - length)])
            let spectrum = rfft(padded, axes: [-1])
            let squares = square(spectrum.realPart) + square(spectrum.imaginaryPart)
            return try call.bool("magnitude_squared") ? squares : sqrt(squares)
        },
        OperationDefinition(
            "Mfcc",
            defaults: [
                "upper_frequency_limit": 4000.0, "lower_frequency_limit": 20.0,
                "filterbank_channel_count": 40, "dct_coefficient_count": 13,
            ]
        ) { call in
            let bands = MelBands(
                low: try call.float("lower_frequency_limit"),
                high: try call.float("upper_frequency_limit"),
                count: try call.int("filterbank_channel_count"),
                coefficients: try call.int("dct_coefficient_count"))
            guard (1...1 << 16).contains(bands.count),
                (1...bands.count).contains(bands.coefficients)
            else {
                throw call.error(
                    .malformed, "\(bands.coefficients) coefficients of \(bands.count) bands")
            }
            let result = HostResult.array(.float32) { operands in
                Shape((0..<2).map { operands[0][$0] } + [bands.coefficients])
            }
            return call.hosted([result], try call.tensors(to: 2)) { inputs in
                let shape = inputs[0].shape
                guard shape.count == 3, shape[2] > 1 else {
                    throw HostProblem("\(shape) is no array of spectra")
                }
                let all = inputs[0].doubles
                let filter = try bands.filter(points: shape[2], rate: Double(inputs[1].integer))
                let numbers = (0..<shape[0] * shape[1]).flatMap { frame in
                    bands.coefficients(
                        of: Array(all[frame * shape[2]..<(frame + 1) * shape[2]]), filter)
                }
                return [
                    try NDArray(
                        numbers.map { Float($0) }, shape: [shape[0], shape[1], bands.coefficients])
                ]
            }[0]
        },
    ]
}

/// Bands of frequencies as wide as hearing tells apart, and the cosine transform of what lies in them.
private struct MelBands: Sendable {
    let low: Double
    let high: Double
    let count: Int
    let coefficients: Int

    /// How a spectrum is divided into bands: of each point the band below, −1 in front of the first, and the
    /// share that it has; the rest is the next band's.
    struct Filter {
        let points: Range<Int>
        let bands: [Int]
        let shares: [Double]
    }

    private static func mel(_ frequency: Double) -> Double {
        1127 * Foundation.log1p(frequency / 700)
    }

    func filter(points: Int, rate: Double) throws -> Filter {
        let spacing = 0.5 * rate / Double(points - 1)
        guard rate > 0, low >= 0, high > low else {
            throw HostProblem("frequencies of \(low) to \(high) at a rate of \(rate)")
        }
        let start = Self.mel(low)
        let step = (Self.mel(high) - start) / Double(count + 1)
        let centres = (0...count).map { start + step * Double($0 + 1) }
        let first = min(Int(1.5 + low / spacing), points)
        let last = min(Int(high / spacing), points - 1)
        var (bands, shares): ([Int], [Double]) = ([], [])
        var band = 0
        for point in first..<max(first, last + 1) {
            let mel = Self.mel(Double(point) * spacing)
            while band < count, centres[band] < mel { band += 1 }
            let below = band - 1
            let left = below >= 0 ? centres[below] : start
            bands.append(below)
            shares.append((centres[below + 1] - mel) / (centres[below + 1] - left))
        }
        return Filter(points: first..<first + bands.count, bands: bands, shares: shares)
    }

    func coefficients(of spectrum: [Double], _ filter: Filter) -> [Double] {
        var sums = Array(repeating: 0.0, count: count)
        for (place, point) in filter.points.enumerated() {
            let magnitude = Foundation.sqrt(spectrum[point])
            let (band, share) = (filter.bands[place], filter.shares[place] * magnitude)
            if band >= 0 { sums[band] += share }
            if band + 1 < count { sums[band + 1] += magnitude - share }
        }
        let logarithms = sums.map { Foundation.log(max($0, 1e-12)) }
        let norm = Foundation.sqrt(2 / Double(count))
        return (0..<coefficients).map { k in
            logarithms.enumerated().reduce(0) { sum, item in
                sum + norm * item.element
                    * Foundation.cos(.pi / Double(count) * Double(k) * (Double(item.offset) + 0.5))
            }
        }
    }
}
