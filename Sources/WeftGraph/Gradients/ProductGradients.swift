// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    /// A product is linear in either operand, so each gradient is a product with the other one.
    func dot(_ dimensions: DotDimensions) throws -> [AnyTensor?] {
        let (a, b) = (inputs[0], inputs[1])
        guard let rankA = a.shape.rank, let rankB = b.shape.rank else {
            throw failure("the ranks of \(a.type) and \(b.type) must be known")
        }
        let batch = dimensions.lhsBatch.count
        let freeA = (0..<rankA).filter {
            !dimensions.lhsBatch.contains($0) && !dimensions.lhsContracting.contains($0)
        }
        let freeB = (0..<rankB).filter {
            !dimensions.rhsBatch.contains($0) && !dimensions.rhsContracting.contains($0)
        }
        // The axes of the result: batch, free ones of a, free ones of b.
        let batchAxes = Array(0..<batch)
        let outputA = Array(batch..<batch + freeA.count)
        let outputB = Array(batch + freeA.count..<batch + freeA.count + freeB.count)
        return each { index in
            if index == 0 {
                let product = AnyTensor.dot(
                    gradient, b, contracting: (outputB, freeB),
                    batch: (batchAxes, dimensions.rhsBatch))
                // Its last axes are b's contracted ones in the order in which b has them.
                let contracted = zip(dimensions.rhsContracting, dimensions.lhsContracting)
                    .sorted { $0.0 < $1.0 }.map(\.1)
                return product.transposed(
                    permutation: inverse(of: dimensions.lhsBatch + freeA + contracted))
            }
            let product = AnyTensor.dot(
                a, gradient, contracting: (freeA, outputA), batch: (dimensions.lhsBatch, batchAxes))
            let contracted = zip(dimensions.lhsContracting, dimensions.rhsContracting)
                .sorted { $0.0 < $1.0 }.map(\.1)
            return product.transposed(
                permutation: inverse(of: dimensions.rhsBatch + contracted + freeB))
        }
    }

    // The three of a convolution are bilinear, and each one's gradients are the other two.

    func convolution(_ attributes: ConvolutionAttributes) -> [AnyTensor?] {
        let (x, filter) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolutionInputGradientLike(attributes), [gradient, filter, x])
                : .make(.convolutionFilterGradientLike(attributes), [x, gradient, filter])
        }
    }

    func convolutionInputGradient(_ attributes: ConvolutionAttributes) -> [AnyTensor?] {
        let (dy, filter) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolution(attributes), [gradient, filter])
                : .make(.convolutionFilterGradientLike(attributes), [gradient, dy, filter])
        }
    }

    func convolutionFilterGradient(_ attributes: ConvolutionAttributes) -> [AnyTensor?] {
        let (x, dy) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolutionInputGradientLike(attributes), [dy, gradient, x])
                : .make(.convolution(attributes), [x, gradient])
        }
    }
}
