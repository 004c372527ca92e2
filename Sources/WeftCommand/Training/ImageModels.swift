// SPDX-License-Identifier: Apache-2.0
import Weft

/// Networks for images `[n, height, width, channels]`, by their names: they give a number for each class.
enum ImageModels {
    typealias Network = Sequential<Tensor<Float>, Tensor<Float>>

    static let all: [String: @Sendable (_ shape: [Int], _ classes: Int) -> Network] = [
        "cnn": convolutional, "mlp": perceptron, "linear": linear,
    ]

    /// Two convolutions with batch normalisation, a pool (of larger images one after each), two dense layers.
    @Sendable private static func convolutional(_ shape: [Int], _ classes: Int) -> Network {
        let isLarge = shape[0] >= 16 && shape[1] >= 16
        let (height, width) = isLarge ? (shape[0] / 4, shape[1] / 4) : (shape[0] / 2, shape[1] / 2)
        return Sequential {
            Conv2D(
                "conv1", inputs: shape[2], filters: 32, kernelSize: [3, 3], padding: .same,
                usesBias: false, kernelInitializer: .heNormal)
            BatchNorm("norm1", channels: 32, momentum: 0.9)
            relu
            if isLarge { MaxPool2D() }
            Conv2D(
                "conv2", inputs: 32, filters: 64, kernelSize: [3, 3], padding: .same,
                usesBias: false, kernelInitializer: .heNormal)
            BatchNorm("norm2", channels: 64, momentum: 0.9)
            relu
            MaxPool2D()
            Flatten()
            Dense(
                "dense1", inputs: height * width * 64, units: 128, kernelInitializer: .heNormal)
            relu
            Dropout("dropout", rate: 0.4)
            Dense("dense2", inputs: 128, units: classes)
        }
    }

    @Sendable private static func perceptron(_ shape: [Int], _ classes: Int) -> Network {
        Sequential {
            Flatten()
            Dense(
                "dense1", inputs: shape.reduce(1, *), units: 256, kernelInitializer: .heNormal)
            relu
            Dropout("dropout", rate: 0.3)
            Dense("dense2", inputs: 256, units: 128, kernelInitializer: .heNormal)
            relu
            Dense("dense3", inputs: 128, units: classes)
        }
    }

    @Sendable private static func linear(_ shape: [Int], _ classes: Int) -> Network {
        Sequential {
            Flatten()
            Dense("dense", inputs: shape.reduce(1, *), units: classes)
        }
    }
}
