// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

private let image = F.placeholder(shape: [1, 6, 6, 4])
private let whole = I.placeholder(shape: [1, 6, 6, 4])
private let matrix = F.placeholder(shape: [2, 3])
private let unranked = F.placeholder()
private let boxes = F.placeholder(shape: [5, 4])
private let numbers = I.placeholder(shape: [5])

/// Functions of images that cannot be.
@Suite struct MalformedImageTests {
    @Test("an error of the first axis goes through the second, which has none")
    func laterAxes() {
        let large = F.placeholder(shape: [1, 500, 500, 4])
        for method in [ResizeMethod.linear, .cubic(), .nearest] {
            #expect(large.resized(to: [.max, 3], method: method).error != nil)
        }
    }

    static let images: MalformedGraphs = {
        var bad = MalformedGraphs()
        bad.add(
            image.resized(to: [3]),
            says: "resized: f32[1, 6, 6, 4] has 2 spatial axes between the first and the last; "
                + "there must be at least one, and a size for each, not 1")
        bad.add(
            matrix.resized(to: []),
            says: "resized: f32[2, 3] has 0 spatial axes between the first and the last; there "
                + "must be at least one, and a size for each, not 0")
        bad.add(
            image.resized(to: [3, -1]),
            says: "resized: the sizes must not be negative: [3, -1]")
        bad.add(
            unranked.resized(to: [3, 3]),
            says: "resized: the rank of f32[...] is unknown; give the placeholder a shape, with "
                + "nil for unknown dimensions")
        bad.add(
            whole.resized(to: [3, 3]),
            says: "resized: it takes floating-point numbers, not i32; convert with `cast(to:)`")
        bad.add(
            image.resized(to: [3, 3], method: .cubic(CubicKernel(coefficient: .nan))),
            says: "resized: the cubic must be with a finite coefficient and at least one step, not "
                + "\(CubicKernel(coefficient: .nan))")
        bad.add(
            image.resized(to: I([3, 3, 3])),
            says: "resized: f32[1, 6, 6, 4] has 2 spatial axes between the first and the last; "
                + "there must be at least one, and a size for each, not 3")
        bad.add(
            image.crops(boxes: boxes, images: numbers, to: [0, 2]),
            says: "crops: the sizes must be a height and a width above 0, not [0, 2]")
        bad.add(
            matrix.crops(boxes: boxes, images: numbers, to: [2, 2]),
            says: "crops: the input must be of rank 4 with channels last, not f32[2, 3]")
        bad.add(
            image.crops(boxes: matrix, images: numbers, to: [2, 2]),
            says: "crops: the boxes must be of shape [k, 4], not f32[2, 3]")
        bad.add(
            image.crops(boxes: boxes, images: I.placeholder(shape: [4]), to: [2, 2]),
            says: "crops: the images' numbers must have the shape [5], not [4]")
        bad.add(
            image.crops(boxes: boxes, images: numbers, to: [2, 2], method: .cubic()),
            says: "crops: the method must be linear or nearest, not cubic")
        bad.add(
            matrix.patches(size: [2]),
            says: "patches: f32[2, 3] has no spatial axes between the first and the last")
        bad.add(
            image.spaceToBatch(blockShape: [4, 2]),
            says: "spaceToBatch: 6 pixels of axis 1 cannot be divided into blocks of 4")
        bad.add(
            image.spaceToBatch(blockShape: [2, 2], paddings: [(1, 1)]),
            says: "spaceToBatch: 1 paddings were given for the 2 axes of blocks")
        bad.add(
            image.spaceToBatch(blockShape: [2, 2], paddings: [(1, -1), (0, 0)]),
            says: "spaceToBatch: the paddings must not be negative: 1 and -1")
        bad.add(
            image.spaceToBatch(blockShape: [0]),
            says: "spaceToBatch: the block shape must be a size in 1..<65536 for some of the axes "
                + "after the first of f32[1, 6, 6, 4], not [0]")
        bad.add(
            image.batchToSpace(blockShape: [2]),
            says: "batchToSpace: 1 images cannot be divided into blocks of [2]")
        bad.add(
            image.batchToSpace(blockShape: [1], crops: [(4, 3)]),
            says: "batchToSpace: 4 and 3 pixels cannot be cut off axis 1 of f32[1, 6, 6, 4]")
        bad.add(
            localResponseNormalized(image, radius: -1),
            says: "localResponseNormalized: the radius must be in 0..<2^30, not -1")
        return bad
    }()

    @Test("functions of images that cannot be carry an error that says why")
    func images() { Self.images.check() }
}
