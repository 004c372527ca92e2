// SPDX-License-Identifier: Apache-2.0
public import Weft

/// One number for all spatial axes, or one for each.
public protocol SpatialSizes: Sendable {
    /// The numbers for so many axes.
    func sizes(_ count: Int) -> [Int]
}

extension Int: SpatialSizes {
    /// The number for each axis.
    public func sizes(_ count: Int) -> [Int] { Array(repeating: self, count: count) }
}

extension [Int]: SpatialSizes {
    /// The numbers themselves.
    public func sizes(_ count: Int) -> [Int] {
        self.count == 1 ? Array(repeating: self[0], count: count) : self
    }
}

extension tf {
    /// What weights, offsets and results of a layer are made by.
    struct LayerParts {
        var activation: Activation?
        var usesBias = true
        var kernelInitializer: (any InitialValue)?
        var biasInitializer: any InitialValue = Initializer.zeros
        var kernelRegularizer: Regularizer?
        var biasRegularizer: Regularizer?
        var activityRegularizer: Regularizer?
        var trainable = true
        var kernelName = "kernel"
        var biasName = "bias"
        /// Collections of model variables, as `tf.contrib.layers` has them.
        var isModel = false

        func kernel(_ shape: [Int], _ dtype: DType, _ name: String? = nil) throws -> AnyTensor {
            try tf.variable(
                name ?? kernelName, shape, dtype, kernelInitializer, kernelRegularizer, trainable,
                collections, nil
            ).anyTensor
        }

        func finish(_ x: AnyTensor, _ outputs: Int, _ format: String) throws -> AnyTensor {
            var x = x
            if usesBias {
                let bias = try tf.variable(
                    biasName, [outputs], x.dtype, biasInitializer, biasRegularizer, trainable,
                    collections, nil)
                x = nn.bias_add(x, bias, data_format: format)
            }
            let result = activation?(x) ?? x
            if let penalty = activityRegularizer?(result) {
                add_to_collection(GraphKeys.REGULARIZATION_LOSSES, penalty)
            }
            return result
        }

        private var collections: [String]? {
            isModel
                ? [GraphKeys.GLOBAL_VARIABLES.name, GraphKeys.MODEL_VARIABLES.name] : nil
        }
    }

    /// inputs · kernel + bias over the last axis.
    static func dense(
        _ x: AnyTensor, _ units: Int, _ parts: LayerParts
    ) throws -> AnyTensor {
        let width = try known(x.shape[-1], "the last size", of: x)
        return try parts.finish(product(x, parts.kernel([width, units], x.dtype)), units, "NHWC")
    }

    private static func product(_ x: AnyTensor, _ kernel: AnyTensor) -> AnyTensor {
        guard let rank = x.shape.rank, rank > 2 else { return matmul(x, kernel) }
        return tensordot(x, kernel, 1)
    }

    static func convolution(
        _ x: AnyTensor, _ filters: Int, _ size: [Int], _ strides: [Int], _ dilations: [Int],
        _ padding: String, _ format: String, _ parts: LayerParts
    ) throws -> AnyTensor {
        let channels = try known(x.shape[channelAxis(format)], "the number of channels", of: x)
        let kernel = try parts.kernel(size + [channels, filters], x.dtype)
        let result =
            size.count == 1
            ? nn.conv1d(
                x, kernel, stride: strides[0], padding: padding, data_format: format,
                dilations: dilations[0])
            : nn.conv2d(
                x, kernel, strides: strides, padding: padding, data_format: format,
                dilations: dilations)
        return try parts.finish(result, filters, format)
    }

    static func channelAxis(_ format: String) -> Int { format.hasPrefix("NC") ? 1 : -1 }
}

extension tf.layers {
    /// inputs · kernel + bias over the last axis, through `activation`. Variables `NAME/kernel`, `NAME/bias`.
    ///
    /// - Shape: inputs [..., width] → [..., units].
    public static func dense(
        _ inputs: some TensorOperand, _ units: Int, activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        bias_initializer: any InitialValue = Initializer.zeros,
        kernel_regularizer: tf.Regularizer? = nil, bias_regularizer: tf.Regularizer? = nil,
        activity_regularizer: tf.Regularizer? = nil, trainable: Bool = true, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        let parts = tf.LayerParts(
            activation: activation, usesBias: use_bias, kernelInitializer: kernel_initializer,
            biasInitializer: bias_initializer, kernelRegularizer: kernel_regularizer,
            biasRegularizer: bias_regularizer, activityRegularizer: activity_regularizer,
            trainable: trainable)
        return tf.layer("dense", name, reuse) { try tf.dense(inputs.tensor(nil), units, parts) }
    }
    /// The same with the number of units labelled.
    public static func dense(
        _ inputs: some TensorOperand, units: Int, activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        bias_initializer: any InitialValue = Initializer.zeros,
        kernel_regularizer: tf.Regularizer? = nil, trainable: Bool = true, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        dense(
            inputs, units, activation: activation, use_bias: use_bias,
            kernel_initializer: kernel_initializer, bias_initializer: bias_initializer,
            kernel_regularizer: kernel_regularizer, trainable: trainable, name: name, reuse: reuse)
    }
    /// The same, all by labels.
    public static func dense(
        inputs: some TensorOperand, units: Int, activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        bias_initializer: any InitialValue = Initializer.zeros,
        kernel_regularizer: tf.Regularizer? = nil, trainable: Bool = true, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        dense(
            inputs, units, activation: activation, use_bias: use_bias,
            kernel_initializer: kernel_initializer, bias_initializer: bias_initializer,
            kernel_regularizer: kernel_regularizer, trainable: trainable, name: name, reuse: reuse)
    }
    /// The same with the activation unlabelled.
    public static func dense(
        _ inputs: some TensorOperand, _ units: Int, _ activation: tf.Activation?,
        kernel_initializer: (any InitialValue)? = nil, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        dense(
            inputs, units, activation: activation, kernel_initializer: kernel_initializer,
            name: name, reuse: reuse)
    }

    /// The convolution over two spatial axes, with a bias, through `activation`.
    ///
    /// - Shape: inputs [n, h, w, channels] → [n, h', w', filters] (`"channels_last"`).
    public static func conv2d(
        _ inputs: some TensorOperand, _ filters: Int, _ kernel_size: any SpatialSizes,
        strides: any SpatialSizes = 1, padding: String = "valid",
        data_format: String = "channels_last", dilation_rate: any SpatialSizes = 1,
        activation: tf.Activation? = nil, use_bias: Bool = true,
        kernel_initializer: (any InitialValue)? = nil,
        bias_initializer: any InitialValue = Initializer.zeros,
        kernel_regularizer: tf.Regularizer? = nil, trainable: Bool = true, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        let parts = tf.LayerParts(
            activation: activation, usesBias: use_bias, kernelInitializer: kernel_initializer,
            biasInitializer: bias_initializer, kernelRegularizer: kernel_regularizer,
            trainable: trainable)
        return tf.layer("conv2d", name, reuse) {
            try tf.convolution(
                inputs.tensor(nil), filters, kernel_size.sizes(2), strides.sizes(2),
                dilation_rate.sizes(2), padding, format(data_format), parts)
        }
    }
    /// The same with labels for filters and size.
    public static func conv2d(
        _ inputs: some TensorOperand, filters: Int, kernel_size: any SpatialSizes,
        strides: any SpatialSizes = 1, padding: String = "valid",
        data_format: String = "channels_last", activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        kernel_regularizer: tf.Regularizer? = nil, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        conv2d(
            inputs, filters, kernel_size, strides: strides, padding: padding,
            data_format: data_format, activation: activation, use_bias: use_bias,
            kernel_initializer: kernel_initializer, kernel_regularizer: kernel_regularizer,
            name: name, reuse: reuse)
    }
    /// The same, all by labels.
    public static func conv2d(
        inputs: some TensorOperand, filters: Int, kernel_size: any SpatialSizes,
        strides: any SpatialSizes = 1, padding: String = "valid",
        data_format: String = "channels_last", activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        kernel_regularizer: tf.Regularizer? = nil, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        conv2d(
            inputs, filters, kernel_size, strides: strides, padding: padding,
            data_format: data_format, activation: activation, use_bias: use_bias,
            kernel_initializer: kernel_initializer, kernel_regularizer: kernel_regularizer,
            name: name, reuse: reuse)
    }
    /// The same with strides and padding unlabelled.
    public static func conv2d(
        _ inputs: some TensorOperand, _ filters: Int, _ kernel_size: any SpatialSizes,
        _ strides: any SpatialSizes, _ padding: String = "valid",
        activation: tf.Activation? = nil, name: String? = nil
    ) -> tf.Tensor {
        conv2d(
            inputs, filters, kernel_size, strides: strides, padding: padding,
            activation: activation, name: name)
    }

    /// The convolution over one spatial axis, with a bias, through `activation`.
    public static func conv1d(
        _ inputs: some TensorOperand, _ filters: Int, _ kernel_size: Int, strides: Int = 1,
        padding: String = "valid", data_format: String = "channels_last", dilation_rate: Int = 1,
        activation: tf.Activation? = nil, use_bias: Bool = true,
        kernel_initializer: (any InitialValue)? = nil, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        let parts = tf.LayerParts(
            activation: activation, usesBias: use_bias, kernelInitializer: kernel_initializer)
        return tf.layer("conv1d", name, reuse) {
            try tf.convolution(
                inputs.tensor(nil), filters, [kernel_size], [strides], [dilation_rate], padding,
                format(data_format), parts)
        }
    }

    /// The transpose of a convolution over two spatial axes: it makes images larger by the strides.
    public static func conv2d_transpose(
        _ inputs: some TensorOperand, _ filters: Int, _ kernel_size: any SpatialSizes,
        strides: any SpatialSizes = 1, padding: String = "valid",
        data_format: String = "channels_last", activation: tf.Activation? = nil,
        use_bias: Bool = true, kernel_initializer: (any InitialValue)? = nil,
        name: String? = nil, reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        let parts = tf.LayerParts(
            activation: activation, usesBias: use_bias, kernelInitializer: kernel_initializer)
        return tf.layer("conv2d_transpose", name, reuse) {
            let (x, format) = (inputs.tensor(nil), format(data_format))
            let size = kernel_size.sizes(2)
            let channels = try tf.known(
                x.shape[tf.channelAxis(format)], "the number of channels", of: x)
            let kernel = try parts.kernel(size + [filters, channels], x.dtype)
            let isFirst = format == "NCHW"
            let steps = strides.sizes(2)
            let spatial = zip(isFirst ? [2, 3] : [1, 2], zip(size, steps)).map { axis, both in
                tf.enlarged(
                    x, axis, by: both.1,
                    padding.uppercased() == "VALID" ? max(both.0, both.1) : both.1)
            }
            let sizes: [any TensorOperand] =
                isFirst
                ? [tf.size(of: x, 0), filters, spatial[0], spatial[1]]
                : [tf.size(of: x, 0), spatial[0], spatial[1], filters]
            let result = tf.nn.conv2d_transpose(
                x, kernel, output_shape: sizes, strides: steps, padding: padding,
                data_format: format)
            return try parts.finish(result, filters, format)
        }
    }

    /// A convolution of each channel on its own, then one of single pixels over all channels.
    public static func separable_conv2d(
        _ inputs: some TensorOperand, _ filters: Int, kernel_size: any SpatialSizes,
        strides: any SpatialSizes = 1, padding: String = "valid", depth_multiplier: Int = 1,
        activation: tf.Activation? = nil, use_bias: Bool = true,
        depthwise_initializer: (any InitialValue)? = nil,
        pointwise_initializer: (any InitialValue)? = nil, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil
    ) -> tf.Tensor {
        var parts = tf.LayerParts(
            activation: activation, usesBias: use_bias, kernelInitializer: depthwise_initializer)
        return tf.layer("separable_conv2d", name, reuse) {
            let x = inputs.tensor(nil)
            let channels = try tf.known(x.shape[-1], "the number of channels", of: x)
            let deep = try parts.kernel(
                kernel_size.sizes(2) + [channels, depth_multiplier], x.dtype, "depthwise_kernel")
            parts.kernelInitializer = pointwise_initializer
            let point = try parts.kernel(
                [1, 1, channels * depth_multiplier, filters], x.dtype, "pointwise_kernel")
            let steps = strides.sizes(2)
            let result = tf.nn.separable_conv2d(
                x, deep, point, strides: [1] + steps + [1], padding: padding)
            return try parts.finish(result, filters, "NHWC")
        }
    }

    // MARK: Layers without variables

    /// The greatest element in each window.
    public static func max_pooling2d(
        _ inputs: some TensorOperand, _ pool_size: any SpatialSizes, _ strides: any SpatialSizes,
        padding: String = "valid", data_format: String = "channels_last", name: String? = nil
    ) -> tf.Tensor {
        tf.nn.max_pool(
            inputs, ksize: pool_size.sizes(2), strides: strides.sizes(2), padding: padding,
            data_format: format(data_format), name: name)
    }
    /// The greatest element in each window.
    public static func max_pooling2d(
        _ inputs: some TensorOperand, pool_size: any SpatialSizes, strides: any SpatialSizes,
        padding: String = "valid", data_format: String = "channels_last", name: String? = nil
    ) -> tf.Tensor {
        max_pooling2d(
            inputs, pool_size, strides, padding: padding, data_format: data_format, name: name)
    }
    /// The greatest element in each window.
    public static func max_pooling2d(
        inputs: some TensorOperand, pool_size: any SpatialSizes, strides: any SpatialSizes,
        padding: String = "valid", data_format: String = "channels_last", name: String? = nil
    ) -> tf.Tensor {
        max_pooling2d(
            inputs, pool_size, strides, padding: padding, data_format: data_format, name: name)
    }
    /// The greatest element in each window.
    public static func max_pooling2d(
        _ inputs: some TensorOperand, _ pool_size: any SpatialSizes, strides: any SpatialSizes,
        padding: String = "valid", name: String? = nil
    ) -> tf.Tensor {
        max_pooling2d(inputs, pool_size, strides, padding: padding, name: name)
    }
    /// The mean of the elements in each window.
    public static func average_pooling2d(
        _ inputs: some TensorOperand, _ pool_size: any SpatialSizes, _ strides: any SpatialSizes,
        padding: String = "valid", data_format: String = "channels_last", name: String? = nil
    ) -> tf.Tensor {
        tf.nn.avg_pool(
            inputs, ksize: pool_size.sizes(2), strides: strides.sizes(2), padding: padding,
            data_format: format(data_format), name: name)
    }
    /// The mean of the elements in each window.
    public static func average_pooling2d(
        _ inputs: some TensorOperand, pool_size: any SpatialSizes, strides: any SpatialSizes,
        padding: String = "valid", data_format: String = "channels_last", name: String? = nil
    ) -> tf.Tensor {
        average_pooling2d(
            inputs, pool_size, strides, padding: padding, data_format: data_format, name: name)
    }

    /// All dimensions but the first as one.
    public static func flatten(_ inputs: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.flattened(inputs.tensor(nil), name)
    }

    /// Sets a share of elements to zero where it trains, and divides the others by what is kept.
    public static func dropout(
        _ inputs: some TensorOperand, rate: some TensorOperand = 0.5, seed: Int? = nil,
        training: some TrainingMode = false, name: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        let dropped = tf.nn.dropout(x, rate: rate, seed: seed, name: name)
        switch training.trainingMode {
        case .training: return dropped
        case .inference: return tf.named(x, name)
        case .decided(let flag): return tf.cond(flag, { dropped }, { x })
        }
    }
    /// The same with the rate unlabelled.
    public static func dropout(
        _ inputs: some TensorOperand, _ rate: some TensorOperand, seed: Int? = nil,
        training: some TrainingMode = false, name: String? = nil
    ) -> tf.Tensor {
        dropout(inputs, rate: rate, seed: seed, training: training, name: name)
    }

    private static func format(_ name: String) -> String {
        name == "channels_first" ? "NCHW" : "NHWC"
    }
}

extension tf {
    /// A size of a tensor: a number where it is known.
    static func size(of x: AnyTensor, _ axis: Int) -> any TensorOperand {
        if let known = x.shape[axis] { return known }
        return shape(x)[axis]
    }

    /// (size − 1) · stride + last: the size of what a convolution of such a step makes that size of.
    static func enlarged(
        _ x: AnyTensor, _ axis: Int, by stride: Int, _ last: Int
    ) -> any TensorOperand {
        if let known = x.shape[axis] {
            let (product, overflow) = (known - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowed) = product.addingReportingOverflow(last)
            if !overflow, !overflowed { return sum }
        }
        return (shape(x)[axis] - 1) * stride + last
    }

    /// All dimensions but the first as one; sizes that are known stay known.
    static func flattened(_ x: AnyTensor, _ name: String?) -> Tensor {
        guard let rank = x.shape.rank, rank > 0 else {
            return .invalid("flatten", name, "the rank of \(x.type) must be known and above 0")
        }
        let rest = (1..<rank).map { x.shape[$0] }
        let width = rest.reduce(Optional(1)) { a, b in
            guard let a, let b else { return nil }
            let (product, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? nil : product
        }
        if let width, width > 0 { return reshape(x, [-1, width], name: name) }
        return reshape(x, [shape(x)[0], -1] as [any TensorOperand], name: name)
    }
}
