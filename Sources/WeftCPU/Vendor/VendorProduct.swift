// SPDX-License-Identifier: Apache-2.0
import COneDNN
import WeftGraph

/// A matrix product of oneDNN.
///
/// `@unchecked Sendable`: the handles are immutable. The packed one is made under the lock, before
/// anyone is given a copy for it.
final class VendorProduct: PackableWeights, @unchecked Sendable {
    struct Spec: Hashable {
        var size: ProductSize
        var transposesA = false
        var transposesB = false
        var broadcastsA = false
        var broadcastsB = false
        var hasBias = false
        var hasAddend = false
        var hasRelu = false
    }

    private let spec: weft_dnn_matmul_spec
    private let handle: OpaquePointer
    private let preparing = Lock()
    private var isPrepared = false
    /// The same product of a packed b.
    private var packedHandle: OpaquePointer?

    /// nil where oneDNN has no such product.
    init?(_ description: Spec) {
        guard let types = VendorTypes(description.size.types) else { return nil }
        var spec = weft_dnn_matmul_spec()
        spec.batch = Int64(description.size.batch)
        spec.m = Int64(description.size.m)
        spec.k = Int64(description.size.k)
        spec.n = Int64(description.size.n)
        spec.transpose_a = description.transposesA
        spec.transpose_b = description.transposesB
        spec.broadcast_a = description.broadcastsA
        spec.broadcast_b = description.broadcastsB
        (spec.a, spec.b, spec.c) = (types.lhs, types.rhs, types.result)
        spec.bias = description.hasBias
        spec.addend = description.hasAddend
        spec.relu = description.hasRelu
        guard let handle = weft_dnn_matmul_create(&spec) else { return nil }
        self.handle = handle
        self.spec = spec
    }

    deinit {
        weft_dnn_matmul_destroy(handle)
        weft_dnn_matmul_destroy(packedHandle)
    }

    /// What a run takes for itself.
    var scratchBytes: Int { weft_dnn_matmul_scratch_bytes(handle) }

    /// Whether a packed b may be faster.
    var mayPack: Bool {
        var spec = spec
        return weft_dnn_matmul_may_pack(&spec)
    }

    var packedBytes: Int {
        preparing.withLock {
            if !isPrepared {
                isPrepared = true
                var spec = spec
                spec.packed_b = true
                packedHandle = weft_dnn_matmul_create(&spec)
            }
            return packedHandle.map { weft_dnn_matmul_packed_bytes($0) } ?? 0
        }
    }

    func pack(_ weights: UnsafeRawPointer, into copy: UnsafeMutableRawPointer) -> Bool {
        weft_dnn_matmul_pack(packedHandle, weights, copy) == WEFT_DNN_OK
    }

    /// - Parameter packed: A copy of `b` that ``pack(_:into:)`` made.
    func run(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, packed: UnsafeRawPointer?,
        bias: UnsafeRawPointer?, addend: UnsafeRawPointer?, _ c: UnsafeMutableRawPointer
    ) -> weft_dnn_status {
        if let packed {
            weft_dnn_matmul_run(packedHandle, a, packed, bias, addend, c)
        } else {
            weft_dnn_matmul_run(handle, a, b, bias, addend, c)
        }
    }
}

/// The element types and extents of a product.
struct ProductSize: Hashable {
    var types: ProductTypes
    var batch: Int
    var m: Int
    var n: Int
    var k: Int

    var flops: Double { 2 * Double(batch) * Double(m) * Double(n) * Double(k) }
}
