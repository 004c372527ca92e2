// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

extension tf {
    /// Functions of images: [height, width, channels], or a batch of them.
    public enum image {
        /// How images are made of another size.
        public enum ResizeMethod: Sendable {
            /// Between the four nearest pixels.
            case BILINEAR
            /// The nearest pixel.
            case NEAREST_NEIGHBOR
            /// By cubic curves through 16 pixels.
            case BICUBIC
            /// The mean of what a pixel covers.
            case AREA
        }

        /// Images of another size.
        public static func resize_images(
            _ images: some TensorOperand, _ size: some TensorOperand,
            method: ResizeMethod = .BILINEAR, align_corners: Bool = false
        ) -> Tensor {
            let operation =
                switch method {
                case .BILINEAR: "ResizeBilinear"
                case .NEAREST_NEIGHBOR: "ResizeNearestNeighbor"
                case .BICUBIC: "ResizeBicubic"
                case .AREA: "ResizeArea"
                }
            return resized(operation, images, size, align_corners, nil)
        }
        /// Images of another size.
        public static func resize(
            _ images: some TensorOperand, _ size: some TensorOperand,
            method: ResizeMethod = .BILINEAR
        ) -> Tensor {
            resize_images(images, size, method: method)
        }
        /// Images of another size, between the four nearest pixels.
        public static func resize_bilinear(
            _ images: some TensorOperand, _ size: some TensorOperand, align_corners: Bool = false,
            name: String? = nil
        ) -> Tensor {
            resized("ResizeBilinear", images, size, align_corners, name)
        }
        /// Images of another size, of the nearest pixels.
        public static func resize_nearest_neighbor(
            _ images: some TensorOperand, _ size: some TensorOperand, align_corners: Bool = false,
            name: String? = nil
        ) -> Tensor {
            resized("ResizeNearestNeighbor", images, size, align_corners, name)
        }
        /// Images of another size, of the nearest pixels.
        public static func resize_nearest_neighbor(
            _ images: some TensorOperand, size: some TensorOperand, align_corners: Bool = false,
            name: String? = nil
        ) -> Tensor {
            resized("ResizeNearestNeighbor", images, size, align_corners, name)
        }
        /// Images of another size, by cubic curves.
        public static func resize_bicubic(
            _ images: some TensorOperand, _ size: some TensorOperand, align_corners: Bool = false,
            name: String? = nil
        ) -> Tensor {
            resized("ResizeBicubic", images, size, align_corners, name)
        }

        private static func resized(
            _ operation: String, _ images: any TensorOperand, _ size: any TensorOperand,
            _ alignsCorners: Bool, _ name: String?
        ) -> Tensor {
            let x = images.tensor(nil)
            let batch = x.shape.rank == 3 ? expand_dims(x, 0) : x
            let result = call(
                operation, [batch, size.tensor(.int32)], ["align_corners": .bool(alignsCorners)])
            return x.shape.rank == 3 ? squeeze(result, 0, name: name) : named(result, name)
        }

        // MARK: Parts

        /// The part of a height and width from a place on.
        public static func crop_to_bounding_box(
            _ image: some TensorOperand, _ offset_height: Int, _ offset_width: Int,
            _ target_height: Int, _ target_width: Int
        ) -> Tensor {
            let x = image.tensor(nil)
            return x.shape.rank == 3
                ? slice(x, [offset_height, offset_width, 0], [target_height, target_width, -1])
                : slice(
                    x, [0, offset_height, offset_width, 0], [-1, target_height, target_width, -1])
        }
        /// The image at a place in a larger one of zeros. The image's height and width must be known.
        public static func pad_to_bounding_box(
            _ image: some TensorOperand, _ offset_height: Int, _ offset_width: Int,
            _ target_height: Int, _ target_width: Int
        ) -> Tensor {
            let x = image.tensor(nil)
            guard let (height, width) = sides(x) else { return unknown("pad_to_bounding_box", x) }
            let (below, right) = (
                target_height - offset_height - height, target_width - offset_width - width
            )
            guard offset_height >= 0, offset_width >= 0, below >= 0, right >= 0 else {
                return .invalid(
                    "pad_to_bounding_box", nil,
                    "\(x.type) has no place at \(offset_height), \(offset_width) in "
                        + "\(target_height) by \(target_width)")
            }
            let margins = [[offset_height, below], [offset_width, right], [0, 0]]
            return pad(x, x.shape.rank == 3 ? margins : [[0, 0]] + margins)
        }
        /// The middle of the image, with zeros around it where it is smaller. The image's height and width must
        /// be known.
        public static func resize_image_with_crop_or_pad(
            _ image: some TensorOperand, _ target_height: Int, _ target_width: Int
        ) -> Tensor {
            let x = image.tensor(nil)
            guard let (height, width) = sides(x) else {
                return unknown("resize_image_with_crop_or_pad", x)
            }
            let cropped = crop_to_bounding_box(
                x, max(height - target_height, 0) / 2, max(width - target_width, 0) / 2,
                min(height, target_height), min(width, target_width))
            return pad_to_bounding_box(
                cropped, max(target_height - height, 0) / 2, max(target_width - width, 0) / 2,
                target_height, target_width)
        }
        /// The middle share of the image.
        public static func central_crop(_ image: some TensorOperand, _ fraction: Double) -> Tensor {
            let x = image.tensor(nil)
            guard let (height, width) = sides(x), fraction > 0, fraction <= 1 else {
                return unknown("central_crop", x)
            }
            let (top, left) = (
                Int((Double(height) - Double(height) * fraction) / 2),
                Int((Double(width) - Double(width) * fraction) / 2)
            )
            return crop_to_bounding_box(x, top, left, height - 2 * top, width - 2 * left)
        }

        private static func sides(_ x: Tensor) -> (Int, Int)? {
            guard let rank = x.shape.rank, rank == 3 || rank == 4, let height = x.shape[rank - 3],
                let width = x.shape[rank - 2]
            else { return nil }
            return (height, width)
        }
        private static func unknown(_ function: String, _ x: Tensor) -> Tensor {
            .invalid(function, nil, "height and width of \(x.type) must be known")
        }

        // MARK: Directions

        /// The image with left and right exchanged.
        public static func flip_left_right(_ image: some TensorOperand) -> Tensor {
            reverse(image, -2)
        }
        /// The image upside down.
        public static func flip_up_down(_ image: some TensorOperand) -> Tensor {
            reverse(image, -3)
        }
        /// Turned to the left by quarters.
        public static func rot90(_ image: some TensorOperand, k: Int = 1) -> Tensor {
            let x = image.tensor(nil)
            let order = x.shape.rank == 4 ? [0, 2, 1, 3] : [1, 0, 2]
            switch ((k % 4) + 4) % 4 {
            case 1: return reverse(transpose(x, order), -3)
            case 2: return reverse(x, [-3, -2])
            case 3: return transpose(reverse(x, -3), order)
            default: return x
            }
        }
        /// The image, or with a chance of a half its mirror image.
        public static func random_flip_left_right(
            _ image: some TensorOperand, seed: Int? = nil
        ) -> Tensor {
            flipped(image.tensor(nil), -2, seed, "random_flip_left_right")
        }
        /// The image, or with a chance of a half upside down.
        public static func random_flip_up_down(
            _ image: some TensorOperand, seed: Int? = nil
        ) -> Tensor {
            flipped(image.tensor(nil), -3, seed, "random_flip_up_down")
        }
        private static func flipped(
            _ x: Tensor, _ axis: Int, _ seed: Int?, _ name: String
        ) -> Tensor {
            let batch = x.shape.rank == 4 ? size(of: x, 0) : 1
            let sides = x.shape.rank == 4 ? [batch, 1, 1, 1] : [1, 1, 1]
            let isFlipped = random_uniform(sides, seed: seed, name: name) < 0.5
            return call("SelectV2", [isFlipped, reverse(x, axis), x])
        }

        // MARK: Colours

        /// One channel of the brightness of three.
        public static func rgb_to_grayscale(
            _ images: some TensorOperand, name: String? = nil
        ) -> Tensor {
            let x = images.tensor(nil)
            let float = convert_image_dtype(x, .float32)
            let weights = AnyTensor(NDArray([Float(0.2989), 0.5870, 0.1140]))
            let grey = reduce_sum(float * weights, axis: -1, keepdims: true)
            return named(convert_image_dtype(grey, x.dtype), name)
        }
        /// Three equal channels of one.
        public static func grayscale_to_rgb(
            _ images: some TensorOperand, name: String? = nil
        ) -> Tensor {
            let x = images.tensor(nil)
            return concat([x, x, x], -1, name: name)
        }
        /// Hue, saturation and value of red, green and blue.
        public static func rgb_to_hsv(_ images: some TensorOperand, name: String? = nil) -> Tensor {
            call("RGBToHSV", [images.tensor(nil)], [:], name)
        }
        /// Red, green and blue of hue, saturation and value.
        public static func hsv_to_rgb(_ images: some TensorOperand, name: String? = nil) -> Tensor {
            call("HSVToRGB", [images.tensor(nil)], [:], name)
        }
        /// Numbers of another type: those with fractions are from 0 to 1, integers use their range.
        public static func convert_image_dtype(
            _ image: some TensorOperand, _ dtype: DType, saturate: Bool = false,
            name: String? = nil
        ) -> Tensor {
            let x = image.tensor(nil)
            if x.dtype == dtype { return named(x, name) }
            func greatest(_ dtype: DType) -> Double {
                dtype.integers.map { Double($0.upperBound) } ?? 1
            }
            switch (x.dtype.isInteger, dtype.isInteger) {
            case (false, false): return cast(x, dtype, name: name)
            case (true, false): return named(cast(x, dtype) * (1 / greatest(x.dtype)), name)
            case (false, true):
                let scaled = x * (greatest(dtype) + 0.5)
                guard saturate else { return cast(scaled, dtype, name: name) }
                return cast(clip_by_value(scaled, 0.0, greatest(dtype)), dtype, name: name)
            case (true, true):
                let (from, to) = (greatest(x.dtype), greatest(dtype))
                guard from > to else {
                    return named(cast(x, dtype) * Int((to + 1) / (from + 1)), name)
                }
                return cast(floordiv(x, Int((from + 1) / (to + 1))), dtype, name: name)
            }
        }
        /// (x − mean) / max(deviation, 1 / √count) of each image.
        public static func per_image_standardization(_ image: some TensorOperand) -> Tensor {
            let x = cast(image, .float32)
            guard let (height, width) = sides(x), let channels = x.shape[-1] else {
                return unknown("per_image_standardization", x)
            }
            let (mean, variance) = x.moments(axes: [-3, -2, -1], keepingDimensions: true)
            let count = Double(height) * Double(width) * Double(channels)
            return (x - mean) / maximum(sqrt(variance), 1 / count.squareRoot())
        }

        private static func converted(
            _ image: any TensorOperand, _ body: (Tensor) -> Tensor
        ) -> Tensor {
            let x = image.tensor(nil)
            return convert_image_dtype(
                body(convert_image_dtype(x, .float32)), x.dtype, saturate: true)
        }
        /// With `delta` added, of numbers from 0 to 1.
        public static func adjust_brightness(
            _ image: some TensorOperand, _ delta: some TensorOperand
        ) -> Tensor {
            converted(image) { $0 + delta.tensor(.float32) }
        }
        /// The distances from each channel's mean multiplied.
        public static func adjust_contrast(
            _ images: some TensorOperand, _ contrast_factor: some TensorOperand
        ) -> Tensor {
            converted(images) { call("AdjustContrastv2", [$0, contrast_factor.tensor(.float32)]) }
        }
        /// With `delta` added to the hue, of numbers from 0 to 1.
        public static func adjust_hue(
            _ image: some TensorOperand, _ delta: some TensorOperand
        ) -> Tensor {
            converted(image) { call("AdjustHue", [$0, delta.tensor(.float32)]) }
        }
        /// The saturation multiplied.
        public static func adjust_saturation(
            _ image: some TensorOperand, _ saturation_factor: some TensorOperand
        ) -> Tensor {
            converted(image) { call("AdjustSaturation", [$0, saturation_factor.tensor(.float32)]) }
        }
        /// With a random number up to `max_delta` added.
        public static func random_brightness(
            _ image: some TensorOperand, _ max_delta: Double, seed: Int? = nil
        ) -> Tensor {
            adjust_brightness(
                image,
                random_uniform([], -max_delta, max_delta, seed: seed, name: "random_brightness"))
        }
        /// With contrast by a random factor.
        public static func random_contrast(
            _ image: some TensorOperand, _ lower: Double, _ upper: Double, seed: Int? = nil
        ) -> Tensor {
            adjust_contrast(
                image, random_uniform([], lower, upper, seed: seed, name: "random_contrast"))
        }
        /// With a random number up to `max_delta` added to the hue.
        public static func random_hue(
            _ image: some TensorOperand, _ max_delta: Double, seed: Int? = nil
        ) -> Tensor {
            adjust_hue(
                image, random_uniform([], -max_delta, max_delta, seed: seed, name: "random_hue"))
        }
        /// With saturation by a random factor.
        public static func random_saturation(
            _ image: some TensorOperand, _ lower: Double, _ upper: Double, seed: Int? = nil
        ) -> Tensor {
            adjust_saturation(
                image, random_uniform([], lower, upper, seed: seed, name: "random_saturation"))
        }

        /// The sum of the absolute differences of neighbours.
        public static func total_variation(
            _ images: some TensorOperand, name: String? = nil
        ) -> Tensor {
            let x = images.tensor(nil)
            guard let rank = x.shape.rank, rank == 3 || rank == 4 else {
                return .invalid(
                    "total_variation", name, "images must be of rank 3 or 4, not \(x.type)")
            }
            let batch = rank == 3 ? expand_dims(x, 0) : x
            let down = batch[0..., 1...] - batch[0..., ..<(-1)]
            let across = batch[0..., 0..., 1...] - batch[0..., 0..., ..<(-1)]
            let sums = reduce_sum(abs(down), [1, 2, 3]) + reduce_sum(abs(across), [1, 2, 3])
            return rank == 3 ? squeeze(sums, 0, name: name) : named(sums, name)
        }
    }
}
