// SPDX-License-Identifier: Apache-2.0

/// What is made once for all steps of a plan, and of those inside it, that are alike.
final class VendorKernels {
    private var products: [VendorProduct.Spec: VendorProduct] = [:]
    private var convolutions: [VendorConvolution.Spec: VendorConvolution] = [:]
    private var transforms: [VendorTransform.Spec: VendorTransform] = [:]

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

    /// FFTW's transform.
    func transform(_ spec: VendorTransform.Spec) throws(VendorTransform.Refusal) -> VendorTransform
    {
        if let known = transforms[spec] { return known }
        let made = try VendorTransform(spec)
        transforms[spec] = made
        return made
    }
}
