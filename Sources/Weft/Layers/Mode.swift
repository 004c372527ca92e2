// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Whether a layer trains. It is always written by the caller: no layer has a default, and there
/// is no global switch.
public enum Mode: Sendable {
    /// Statistics of the batch, dropped units, updates of moving averages.
    case training
    /// Moving averages, all units, no updates.
    case inference
    /// Decided in each run by a fed or computed scalar: true trains.
    case decided(by: Tensor<Bool>)

    /// `training` or `inference`, chosen by the mode.
    func select(training: AnyTensor, inference: AnyTensor) -> AnyTensor {
        switch self {
        case .training: training
        case .inference: inference
        case .decided(let flag): WeftGraph.select(flag, training, inference)
        }
    }
}
