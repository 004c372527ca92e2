// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Convolutions and pooling. Strides and window sizes are lists for all four axes, as TensorFlow has them, or
/// for the spatial ones; `padding` is `"SAME"` or `"VALID"`, `data_format` `"NHWC"` or `"NCHW"`.
extension tf.nn {
    /// Attributes of an operation with windows, their numbers for all axes.
    private static func windows(
        _ padding: String, _ format: String, spatialRank: Int = 2, _ lists: [String: [Int]]
    ) -> [String: OperationAttribute] {
        var result: [String: OperationAttribute] = [
            "padding": .string(padding.uppercased()), "data_format": .string(format),
        ]
        for (name, numbers) in lists {
            var spatial = numbers
            if numbers.count == 1 { spatial = Array(repeating: numbers[0], count: spatialRank) }
            let isWhole = spatial.count != spatialRank
            let all = format.hasPrefix("NC") ? [1, 1] + spatial : [1] + spatial + [1]
            result[name] = .ints(isWhole ? numbers : all)
        }
        return result
    }

    /// The convolution over two spatial axes.
    ///
    /// - Shape: input [n, h, w, channels], filter [h, w, channels, outputs] → [n, h', w', outputs].
    public static func conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int] = [1, 1, 1, 1],
        padding: String = "VALID", use_cudnn_on_gpu: Bool = true, data_format: String = "NHWC",
        dilations: [Int] = [1, 1, 1, 1], name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "Conv2D", [input.tensor(nil), filter.tensor(nil)],
            windows(padding, data_format, ["strides": strides, "dilations": dilations]), name)
    }
    /// The convolution over two spatial axes.
    public static func conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, _ strides: [Int],
        _ padding: String, data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        conv2d(
            input, filter, strides: strides, padding: padding, data_format: data_format, name: name)
    }
    /// The convolution over two spatial axes.
    public static func conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, _ strides: [Int],
        padding: String, data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        conv2d(
            input, filter, strides: strides, padding: padding, data_format: data_format, name: name)
    }
    /// The convolution over two spatial axes.
    public static func conv2d(
        _ input: some TensorOperand, filter: some TensorOperand, strides: [Int],
        padding: String, data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        conv2d(
            input, filter, strides: strides, padding: padding, data_format: data_format, name: name)
    }
    /// The convolution over two spatial axes.
    public static func conv2d(
        input: some TensorOperand, filter: some TensorOperand, strides: [Int],
        padding: String, data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        conv2d(
            input, filter, strides: strides, padding: padding, data_format: data_format, name: name)
    }

    /// The convolution over one spatial axis.
    ///
    /// - Shape: value [n, w, channels], filters [w, channels, outputs] → [n, w', outputs].
    public static func conv1d(
        _ value: some TensorOperand, _ filters: some TensorOperand, stride: Int = 1,
        padding: String = "VALID", data_format: String = "NWC", name: String? = nil,
        dilations: Int = 1
    ) -> tf.Tensor {
        // An image of one row, or in the other order of axes.
        let isFirst = data_format.hasPrefix("NC")
        let result = tf.call(
            "Conv2D",
            [
                tf.expand_dims(value, axis: isFirst ? 2 : 1), tf.expand_dims(filters, axis: 0),
            ],
            windows(
                padding, isFirst ? "NCHW" : "NHWC",
                ["strides": [1, stride], "dilations": [1, dilations]]))
        return tf.squeeze(result, axis: isFirst ? 2 : 1, name: name)
    }

    /// The convolution over three spatial axes.
    public static func conv3d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int],
        padding: String, data_format: String = "NDHWC", name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "Conv3D", [input.tensor(nil), filter.tensor(nil)],
            windows(padding, data_format, spatialRank: 3, ["strides": strides]), name)
    }

    /// A convolution of each channel on its own.
    public static func depthwise_conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int],
        padding: String, rate: [Int] = [1, 1], name: String? = nil, data_format: String = "NHWC"
    ) -> tf.Tensor {
        tf.call(
            "DepthwiseConv2dNative", [input.tensor(nil), filter.tensor(nil)],
            windows(padding, data_format, ["strides": strides, "dilations": rate]), name)
    }

    /// A convolution of each channel on its own, then one of single pixels over all channels.
    public static func separable_conv2d(
        _ input: some TensorOperand, _ depthwise_filter: some TensorOperand,
        _ pointwise_filter: some TensorOperand, strides: [Int], padding: String,
        name: String? = nil, data_format: String = "NHWC"
    ) -> tf.Tensor {
        let deep = depthwise_conv2d(
            input, depthwise_filter, strides: strides, padding: padding, data_format: data_format)
        return conv2d(
            deep, pointwise_filter, strides: [1, 1, 1, 1], padding: "VALID",
            data_format: data_format, name: name)
    }

    /// A convolution with `rate` − 1 zeros between the elements of its filter.
    public static func atrous_conv2d(
        _ value: some TensorOperand, _ filters: some TensorOperand, _ rate: Int, padding: String,
        name: String? = nil
    ) -> tf.Tensor {
        conv2d(value, filters, padding: padding, dilations: [1, rate, rate, 1], name: name)
    }

    /// The transpose of `conv2d`: it makes images larger by the strides.
    ///
    /// - Parameter output_shape: The sizes of the result, which its shape follows where they are numbers.
    /// - Shape: value [n, h, w, channels], filter [h, w, outputs, channels] → `output_shape`.
    public static func conv2d_transpose(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        output_shape: [any TensorOperand], strides: [Int], padding: String = "SAME",
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        transposed(value, filter, tf.sizes(output_shape), strides, padding, data_format, name)
    }
    /// The transpose of `conv2d`.
    public static func conv2d_transpose(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        _ output_shape: [any TensorOperand], _ strides: [Int], padding: String = "SAME",
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        transposed(value, filter, tf.sizes(output_shape), strides, padding, data_format, name)
    }
    /// The transpose of `conv2d`.
    public static func conv2d_transpose(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        _ output_shape: [any TensorOperand], strides: [Int], padding: String = "SAME",
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        transposed(value, filter, tf.sizes(output_shape), strides, padding, data_format, name)
    }
    /// The transpose of `conv2d`, its sizes as a tensor says.
    public static func conv2d_transpose(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        output_shape: some SizesOperand, strides: [Int], padding: String = "SAME",
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        transposed(
            value, filter, output_shape.tensor(.int32), strides, padding, data_format, name)
    }
    /// The transpose of `conv2d`, its sizes as a tensor says.
    public static func conv2d_transpose(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        _ output_shape: some SizesOperand, strides: [Int], padding: String = "SAME",
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        transposed(
            value, filter, output_shape.tensor(.int32), strides, padding, data_format, name)
    }
    /// The transpose of `conv2d`, under its name of the first versions.
    public static func deconv2d(
        _ value: some TensorOperand, _ filter: some TensorOperand,
        output_shape: [any TensorOperand], strides: [Int], padding: String = "SAME",
        name: String? = nil
    ) -> tf.Tensor {
        conv2d_transpose(
            value, filter, output_shape: output_shape, strides: strides, padding: padding,
            name: name)
    }

    private static func transposed(
        _ value: any TensorOperand, _ filter: any TensorOperand, _ sizes: AnyTensor,
        _ strides: [Int], _ padding: String, _ format: String, _ name: String?
    ) -> tf.Tensor {
        tf.call(
            "Conv2DBackpropInput", [sizes, filter.tensor(nil), value.tensor(nil)],
            windows(padding, format, ["strides": strides]), name)
    }

    // MARK: Pooling

    /// The greatest element in each window.
    public static func max_pool(
        _ value: some TensorOperand, ksize: [Int], strides: [Int], padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "MaxPool", [value.tensor(nil)],
            windows(padding, data_format, ["ksize": ksize, "strides": strides]), name)
    }
    /// The greatest element in each window.
    public static func max_pool(
        _ value: some TensorOperand, _ ksize: [Int], _ strides: [Int], _ padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        max_pool(
            value, ksize: ksize, strides: strides, padding: padding, data_format: data_format,
            name: name)
    }
    /// The greatest element in each window.
    public static func max_pool(
        value: some TensorOperand, ksize: [Int], strides: [Int], padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        max_pool(
            value, ksize: ksize, strides: strides, padding: padding, data_format: data_format,
            name: name)
    }
    /// The greatest element in each window.
    public static func max_pool2d(
        _ input: some TensorOperand, ksize: [Int], strides: [Int], padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        max_pool(
            input, ksize: ksize, strides: strides, padding: padding, data_format: data_format,
            name: name)
    }
    /// The mean of the elements in each window; padding does not count.
    public static func avg_pool(
        _ value: some TensorOperand, ksize: [Int], strides: [Int], padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "AvgPool", [value.tensor(nil)],
            windows(padding, data_format, ["ksize": ksize, "strides": strides]), name)
    }

    /// The tensor with a bias for each channel.
    public static func bias_add(
        _ value: some TensorOperand, _ bias: some TensorOperand, data_format: String = "NHWC",
        name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "BiasAdd", [value.tensor(nil), bias.tensor(nil)],
            ["data_format": .string(data_format.uppercased().hasPrefix("NC") ? "NCHW" : "NHWC")],
            name)
    }
}
