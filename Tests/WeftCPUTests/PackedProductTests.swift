// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import Testing
import WeftGraph
import WeftTestSupport

/// Products of oneDNN whose b comes in the primitive's layout, or is brought there in each run.
@Suite struct PackedProductTests {
    private static func spec(_ m: Int, _ k: Int, _ n: Int) -> weft_dnn_matmul_spec {
        var spec = weft_dnn_matmul_spec()
        (spec.batch, spec.m, spec.k, spec.n) = (1, Int64(m), Int64(k), Int64(n))
        (spec.a, spec.b, spec.c) = (WEFT_DNN_F32, WEFT_DNN_F32, WEFT_DNN_F32)
        return spec
    }

    private static func product(
        _ spec: weft_dnn_matmul_spec, _ a: [Float], _ b: UnsafeRawPointer
    ) -> [Float]? {
        var spec = spec
        guard let handle = weft_dnn_matmul_create(&spec) else { return nil }
        defer { weft_dnn_matmul_destroy(handle) }
        var c = [Float](repeating: .nan, count: Int(spec.m * spec.n))
        return weft_dnn_matmul_run(handle, a, b, nil, nil, &c) == WEFT_DNN_OK ? c : nil
    }

    private static func packedProduct(
        _ spec: weft_dnn_matmul_spec, _ a: [Float], _ b: [Float]
    ) -> [Float]? {
        var spec = spec
        spec.packed_b = true
        guard let handle = weft_dnn_matmul_create(&spec) else { return nil }
        defer { weft_dnn_matmul_destroy(handle) }
        let bytes = weft_dnn_matmul_packed_bytes(handle)
        let packed = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer { packed.deallocate() }
        guard weft_dnn_matmul_pack(handle, b, packed) == WEFT_DNN_OK else { return nil }
        return product(spec, a, packed)
    }

    /// With AVX-512, rows of 2048 bytes, where runs reorder b by themselves from 512 rows on, or from
    /// sums of 1024 if a is transposed; without it, rows that both operands, or one, have copied
    /// with a padding; and all else that may be packed.
    @Test(arguments: [
        (512, 96, 512), (513, 40, 1024), (31, 1030, 512), (64, 2048, 512), (600, 17, 48),
        (9, 5, 7), (33, 4100, 64), (128, 784, 512), (512, 128, 256), (257, 300, 1024),
        (1024, 64, 256), (384, 512, 96),
    ])
    func giveTheSameBitsInEveryLayout(_ m: Int, _ k: Int, _ n: Int) throws {
        var random = TestRandom("products \(m) \(k) \(n)")
        let values = random.array(.float32, [m * k + k * n], in: -1...1).doubles.map { Float($0) }
        let (a, b) = (Array(values[..<(m * k)]), Array(values[(m * k)...]))
        func transposed(_ x: [Float], _ rows: Int, _ columns: Int) -> [Float] {
            (0..<columns * rows).map { x[$0 % rows * columns + $0 / rows] }
        }
        let (turnedA, turnedB) = (transposed(a, m, k), transposed(b, k, n))
        for turns in [(false, false), (true, false), (false, true), (true, true)] {
            var spec = Self.spec(m, k, n)
            (spec.transpose_a, spec.transpose_b) = turns
            let (x, y) = (turns.0 ? turnedA : a, turns.1 ? turnedB : b)
            let plain = try #require(Self.product(spec, x, y))
            // Sums in double precision; rounding adds up as the root of their length.
            for i in stride(from: 0, to: m, by: max(1, m / 7)) {
                let j = (i * 31 + n - 1) % n
                var sum = 0.0
                for p in 0..<k { sum += Double(a[i * k + p]) * Double(b[p * n + j]) }
                let error = abs(Double(plain[i * n + j]) - sum)
                #expect(error < 1e-6 * Double(k).squareRoot(), "\(turns)")
            }
            if let packed = Self.packedProduct(spec, x, y) {
                #expect(packed == plain, "\(turns)")
            }
        }
    }

    /// A row by a matrix, with rows that crowd the caches and others, in one part and in several, on one
    /// thread and on all.
    @Test(arguments: [
        (7, 1024), (9, 1024), (12, 2048), (13, 1040), (600, 1024), (1025, 1024), (300, 1000),
        (40, 16),
    ])
    func multiplyARowTheSameOnAnyThreads(_ k: Int, _ n: Int) throws {
        var random = TestRandom("rows \(k) \(n)")
        let values = random.array(.float32, [k + k * n], in: -1...1).doubles.map { Float($0) }
        let (a, b) = (Array(values[..<k]), Array(values[k...]))
        let spec = Self.spec(1, k, n)
        _ = weft_team_acquire(0)
        let all = Self.product(spec, a, b)
        weft_team_release()
        _ = weft_team_acquire(1)
        let one = Self.product(spec, a, b)
        weft_team_release()
        let products = try #require(all)
        #expect(one == products)
        for j in 0..<n {
            var sum = 0.0
            for p in 0..<k { sum += Double(a[p]) * Double(b[p * n + j]) }
            #expect(abs(Double(products[j]) - sum) < 1e-6 * Double(k).squareRoot(), "column \(j)")
        }
    }

    @Test func refuseCopiesOfNoUse() {
        var spec = Self.spec(1, 64, 512)
        spec.packed_b = true
        var batch = Self.spec(8, 64, 512)
        (batch.batch, batch.packed_b) = (3, true)
        for var spec in [spec, batch] {
            #expect(weft_dnn_matmul_create(&spec) == nil)
            #expect(String(cString: weft_dnn_last_error()) == "a packed b is no faster here")
        }
        var plain = Self.spec(8, 64, 512)
        guard let handle = weft_dnn_matmul_create(&plain) else { return }
        defer { weft_dnn_matmul_destroy(handle) }
        #expect(weft_dnn_matmul_packed_bytes(handle) == 0)
        let b = [Float](repeating: 0, count: 64 * 512)
        var copy = b
        let status = weft_dnn_matmul_pack(handle, b, &copy)
        #expect(status == WEFT_DNN_WRONG_KIND)
    }
}
