// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Convolutions and pooling. Strides and window sizes are lists for all four axes, as TensorFlow has them, or
/// for the spatial ones; `padding` is `"SAME"` or `"VALID"`, `data_format` `"NHWC"` or `"NCHW"`.
extension tf.nn {
    /// What arguments of convolutions say.
    struct Windows {
        let isChannelsFirst: Bool
        let padding: Padding

        init(_ padding: String, _ format: String?) throws {
            switch padding.uppercased() {
            case "SAME": self.padding = .same
            case "VALID": self.padding = .valid
            default:
                throw GraphError(
                    operation: "padding", reason: "'\(padding)' is neither \"SAME\" nor \"VALID\"")
            }
            isChannelsFirst = format?.uppercased().hasPrefix("NC") ?? false
        }

        /// The numbers of the spatial axes.
        func spatial(_ numbers: [Int], _ count: Int, _ what: String) throws -> [Int] {
            if numbers.count == count + 2 {
                let rest = isChannelsFirst ? numbers[..<2] : [numbers[0], numbers[count + 1]]
                guard rest.allSatisfy({ $0 == 1 }) else {
                    throw GraphError(
                        operation: what,
                        reason: "batch and channels must have 1 among the \(what), not \(numbers)")
                }
                return Array(isChannelsFirst ? numbers[2...] : numbers[1...count])
            }
            guard numbers.count == count || numbers.count == 1 else {
                throw GraphError(
                    operation: what, reason: "\(numbers) are not \(what) for \(count) spatial axes")
            }
            return numbers
        }

        func apply(_ x: AnyTensor, _ body: (AnyTensor) throws -> AnyTensor) rethrows -> AnyTensor {
            isChannelsFirst
                ? try body(x.movingChannelsLast()).movingChannelsFirst() : try body(x)
        }
    }

    static func windowed(
        _ function: String, _ x: any TensorOperand, _ padding: String, _ format: String?,
        _ name: String?, _ body: (AnyTensor, Windows) throws -> AnyTensor
    ) -> tf.Tensor {
        do {
            let windows = try Windows(padding, format)
            return tf.named(try windows.apply(x.tensor(nil)) { try body($0, windows) }, name)
        } catch {
            let reason = (error as? GraphError)?.reason ?? "\(error)"
            return .invalid(function, name, reason)
        }
    }

    /// The convolution over two spatial axes.
    ///
    /// - Shape: input [n, h, w, channels], filter [h, w, channels, outputs] → [n, h', w', outputs].
    public static func conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int] = [1, 1, 1, 1],
        padding: String = "VALID", use_cudnn_on_gpu: Bool = true, data_format: String = "NHWC",
        dilations: [Int] = [1, 1, 1, 1], name: String? = nil
    ) -> tf.Tensor {
        windowed("conv2d", input, padding, data_format, name) { x, windows in
            conv2D(
                x, filter: filter.tensor(x.dtype),
                strides: try windows.spatial(strides, 2, "strides"), padding: windows.padding,
                dilations: try windows.spatial(dilations, 2, "dilations"))
        }
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
        padding: String = "VALID", data_format: String = "NWC", name: String? = nil
    ) -> tf.Tensor {
        windowed("conv1d", value, padding, data_format, name) { x, windows in
            conv1D(
                x, filter: filters.tensor(x.dtype), strides: [stride], padding: windows.padding)
        }
    }

    /// The convolution over three spatial axes.
    public static func conv3d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int],
        padding: String, data_format: String = "NDHWC", name: String? = nil
    ) -> tf.Tensor {
        windowed("conv3d", input, padding, data_format, name) { x, windows in
            conv3D(
                x, filter: filter.tensor(x.dtype),
                strides: try windows.spatial(strides, 3, "strides"), padding: windows.padding)
        }
    }

    /// A convolution of each channel on its own.
    public static func depthwise_conv2d(
        _ input: some TensorOperand, _ filter: some TensorOperand, strides: [Int],
        padding: String, rate: [Int] = [1, 1], name: String? = nil, data_format: String = "NHWC"
    ) -> tf.Tensor {
        windowed("depthwise_conv2d", input, padding, data_format, name) { x, windows in
            depthwiseConv2D(
                x, filter: filter.tensor(x.dtype),
                strides: try windows.spatial(strides, 2, "strides"), padding: windows.padding,
                dilations: rate)
        }
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
        windowed("conv2d_transpose", value, padding, format, name) { x, windows in
            transposedConv2D(
                x, filter: filter.tensor(x.dtype),
                strides: try windows.spatial(strides, 2, "strides"), padding: windows.padding,
                outputSizes: windows.isChannelsFirst ? sizes[2..<4] : sizes[1..<3])
        }
    }

    // MARK: Pooling

    /// The greatest element in each window.
    public static func max_pool(
        _ value: some TensorOperand, ksize: [Int], strides: [Int], padding: String,
        data_format: String = "NHWC", name: String? = nil
    ) -> tf.Tensor {
        windowed("max_pool", value, padding, data_format, name) { x, windows in
            maxPool2D(
                x, size: try windows.spatial(ksize, 2, "ksize"),
                strides: try windows.spatial(strides, 2, "strides"), padding: windows.padding)
        }
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
        windowed("avg_pool", value, padding, data_format, name) { x, windows in
            averagePool2D(
                x, size: try windows.spatial(ksize, 2, "ksize"),
                strides: try windows.spatial(strides, 2, "strides"), padding: windows.padding)
        }
    }

    /// The tensor with a bias for each channel.
    public static func bias_add(
        _ value: some TensorOperand, _ bias: some TensorOperand, data_format: String = "NHWC",
        name: String? = nil
    ) -> tf.Tensor {
        let x = value.tensor(nil)
        let bias = bias.tensor(x.dtype)
        guard data_format.uppercased().hasPrefix("NC"), let rank = x.shape.rank, rank > 2 else {
            return tf.named(x + bias, name)
        }
        return tf.named(
            x + bias.reshaped(to: [-1] + Array(repeating: 1, count: rank - 2)), name)
    }

    // MARK: Dropout

    /// Sets elements to zero and divides the others by `keep_prob`, the share that is kept.
    ///
    /// Without a seed the draw belongs to the name, to what `x` is computed from and to its shape: built again,
    /// it is the same node.
    public static func dropout(
        _ x: some TensorOperand, keep_prob: some TensorOperand,
        noise_shape: [any TensorOperand]? = nil, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        let x = x.tensor(nil)
        let keep = keep_prob.tensor(x.dtype)
        let own =
            seed.map { "seed \($0)" }
            ?? "\(name.map { NameScope.qualified($0) } ?? "dropout") \(x.structure)"
        let stream = tf.Graph.current.seed.map { "\($0)/\(own)" } ?? own
        guard let noise_shape else {
            return tf.named(
                tf.drawn(nil) {
                    Weft.dropout(
                        x, keepProbability: keep.dtype == x.dtype ? keep : keep.cast(to: x.dtype),
                        stream: stream)
                }, name)
        }
        let mask = tf.drawn(nil) {
            Weft.dropout(
                tf.ones(tf.sizes(noise_shape), x.dtype), keepProbability: keep, stream: stream)
        }
        return tf.named(x * mask, name)
    }
    /// The same with the share unlabelled.
    public static func dropout(
        _ x: some TensorOperand, _ keep_prob: some TensorOperand,
        noise_shape: [any TensorOperand]? = nil, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        dropout(x, keep_prob: keep_prob, noise_shape: noise_shape, seed: seed, name: name)
    }
    /// The same by the share that is dropped.
    public static func dropout(
        _ x: some TensorOperand, rate: some TensorOperand, seed: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        let x = x.tensor(nil)
        return dropout(x, keep_prob: 1 - rate.tensor(x.dtype), seed: seed, name: name)
    }
}

extension AnyTensor {
    /// A number for what the tensor is computed by, from what and how: the same for a graph that is built
    /// again, in every process.
    var structure: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func combine(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        GraphWalk.visit([node]) { node in
            combine(node.op.summary)
            if case .readVariable(let variable) = node.op { combine(variable.name) }
            if case .placeholder = node.op { combine(node.name ?? "") }
            combine("\(node.inputs.count)")
            return node.dependencies
        }
        return String(hash, radix: 16)
    }
}
