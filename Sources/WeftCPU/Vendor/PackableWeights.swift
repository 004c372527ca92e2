// SPDX-License-Identifier: Apache-2.0

/// A kernel of oneDNN that reads its weights faster from a copy in a layout of its own. The results
/// have the same bits either way.
protocol PackableWeights: AnyObject, Sendable {
    /// The size of a copy; 0 where the weights are as good as they are. Asked before the first copy
    /// is made: what that needs is prepared here.
    var packedBytes: Int { get }

    /// Makes a copy. Takes threads of the caller's team.
    ///
    /// - Returns: whether it was made.
    func pack(_ weights: UnsafeRawPointer, into copy: UnsafeMutableRawPointer) -> Bool
}

/// What is made once for all steps of a plan, and of those inside it, that are alike.
final class VendorKernels {
    private var products: [VendorProduct.Spec: VendorProduct] = [:]
    private var convolutions: [VendorConvolution.Spec: VendorConvolution] = [:]

    /// oneDNN's product; nil where it has none.
    func product(_ spec: VendorProduct.Spec) -> VendorProduct? {
        if let known = products[spec] { return known }
        products[spec] = VendorProduct(spec)
        return products[spec]
    }

    /// oneDNN's convolution; nil where it has none.
    func convolution(_ spec: VendorConvolution.Spec) -> VendorConvolution? {
        if let known = convolutions[spec] { return known }
        convolutions[spec] = VendorConvolution(spec)
        return convolutions[spec]
    }
}
