// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Losses, which are added to the collection `LOSSES`: weighted, and reduced to a mean over the elements
    /// whose weight is not 0.
    public enum losses {
        /// How losses of elements become one.
        public enum Reduction: Sendable {
            /// They stay.
            case NONE
            /// Their sum.
            case SUM
            /// Their sum, divided by the sum of weights.
            case MEAN
            /// Their sum, divided by their number.
            case SUM_OVER_BATCH_SIZE
            /// Their sum, divided by the number of weights that are not 0.
            case SUM_BY_NONZERO_WEIGHTS

            fileprivate var reduction: LossReduction {
                switch self {
                case .NONE: .none
                case .SUM: .sum
                case .MEAN: .mean
                case .SUM_OVER_BATCH_SIZE: .sumOverBatchSize
                case .SUM_BY_NONZERO_WEIGHTS: .sumByNonzeroWeights
                }
            }
        }

        /// Losses of elements, weighted and reduced.
        public static func compute_weighted_loss(
            _ losses: some TensorOperand, weights: some TensorOperand = 1.0, scope: String? = nil,
            loss_collection: String? = "losses", reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let losses = losses.tensor(nil)
            let weights = weights.tensor(losses.dtype).cast(to: losses.dtype)
            let loss = reducedLoss(losses, weights: weights, reduction: reduction.reduction)
            if loss_collection != nil { add_loss(loss) }
            return named(loss, scope)
        }

        /// (predictions − labels)².
        public static func mean_squared_error(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = predictions.tensor(nil)
            return compute_weighted_loss(
                squared_difference(x, labels.tensor(x.dtype).cast(to: x.dtype)), weights: weights,
                scope: scope, reduction: reduction)
        }
        /// (predictions − labels)².
        public static func mean_squared_error(
            labels: some TensorOperand, predictions: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            mean_squared_error(
                labels, predictions, weights: weights, scope: scope, reduction: reduction)
        }
        /// |predictions − labels|.
        public static func absolute_difference(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = predictions.tensor(nil)
            return compute_weighted_loss(
                abs(x - labels.tensor(x.dtype).cast(to: x.dtype)), weights: weights, scope: scope,
                reduction: reduction)
        }
        /// d² / 2 for a distance d up to `delta`, beyond delta · d − delta² / 2.
        public static func huber_loss(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: some TensorOperand = 1.0, delta: Double = 1, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = predictions.tensor(nil)
            let y = labels.tensor(x.dtype).cast(to: x.dtype)
            return compute_weighted_loss(
                huberLoss(x, y, delta: delta, reduction: .none), weights: weights, scope: scope,
                reduction: reduction)
        }
        /// −labels · log(predictions) − (1 − labels) · log(1 − predictions).
        public static func log_loss(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: some TensorOperand = 1.0, epsilon: Double = 1e-7, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = predictions.tensor(nil)
            let y = labels.tensor(x.dtype).cast(to: x.dtype)
            let losses = -y * log(x + epsilon) - (1 - y) * log(1 - x + epsilon)
            return compute_weighted_loss(
                losses, weights: weights, scope: scope, reduction: reduction)
        }
        /// max(0, 1 − (2 · labels − 1) · logits), labels being 0 or 1.
        public static func hinge_loss(
            _ labels: some TensorOperand, _ logits: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = logits.tensor(nil)
            let y = labels.tensor(x.dtype).cast(to: x.dtype)
            return compute_weighted_loss(
                hingeLoss(x, y * 2 - 1, reduction: .none), weights: weights, scope: scope,
                reduction: reduction)
        }
        /// The cross-entropy of probabilities and sigmoid(logits).
        public static func sigmoid_cross_entropy(
            _ multi_class_labels: some TensorOperand, _ logits: some TensorOperand,
            weights: some TensorOperand = 1.0, label_smoothing: Double = 0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = logits.tensor(nil)
            let y = multi_class_labels.tensor(x.dtype).cast(to: x.dtype)
            let losses = sigmoidCrossEntropy(
                logits: x, labels: y, labelSmoothing: label_smoothing, reduction: .none)
            return compute_weighted_loss(
                losses, weights: weights, scope: scope, reduction: reduction)
        }
        /// The cross-entropy of distributions and softmax(logits).
        public static func softmax_cross_entropy(
            _ onehot_labels: some TensorOperand, _ logits: some TensorOperand,
            weights: some TensorOperand = 1.0, label_smoothing: Double = 0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            let x = logits.tensor(nil)
            let y = onehot_labels.tensor(x.dtype).cast(to: x.dtype)
            let losses = softmaxCrossEntropy(
                logits: x, labels: stop_gradient(y), labelSmoothing: label_smoothing,
                reduction: .none)
            return compute_weighted_loss(
                losses, weights: weights, scope: scope, reduction: reduction)
        }
        /// The cross-entropy of distributions and softmax(logits).
        public static func softmax_cross_entropy(
            onehot_labels: some TensorOperand, logits: some TensorOperand,
            weights: some TensorOperand = 1.0, label_smoothing: Double = 0, scope: String? = nil
        ) -> Tensor {
            softmax_cross_entropy(
                onehot_labels, logits, weights: weights, label_smoothing: label_smoothing,
                scope: scope)
        }
        /// The cross-entropy of the numbers of classes and softmax(logits).
        public static func sparse_softmax_cross_entropy(
            _ labels: some TensorOperand, _ logits: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil,
            reduction: Reduction = .SUM_BY_NONZERO_WEIGHTS
        ) -> Tensor {
            compute_weighted_loss(
                nn.sparse_softmax_cross_entropy_with_logits(labels: labels, logits: logits),
                weights: weights, scope: scope, reduction: reduction)
        }
        /// The cross-entropy of the numbers of classes and softmax(logits).
        public static func sparse_softmax_cross_entropy(
            labels: some TensorOperand, logits: some TensorOperand,
            weights: some TensorOperand = 1.0, scope: String? = nil
        ) -> Tensor {
            sparse_softmax_cross_entropy(labels, logits, weights: weights, scope: scope)
        }

        // MARK: Collections

        /// Adds to the collection of losses.
        public static func add_loss(_ loss: Tensor) { add_to_collection(GraphKeys.LOSSES, loss) }
        /// The losses made so far.
        public static func get_losses(scope: String? = nil) -> [Tensor] {
            get_collection(GraphKeys.LOSSES, scope: scope)
        }
        /// The penalties of weights.
        public static func get_regularization_losses(scope: String? = nil) -> [Tensor] {
            get_collection(GraphKeys.REGULARIZATION_LOSSES, scope: scope)
        }
        /// The sum of the penalties of weights.
        public static func get_regularization_loss(scope: String? = nil) -> Tensor {
            let penalties = get_regularization_losses(scope: scope)
            return penalties.isEmpty ? .scalar(0, .float32) : add_n(penalties)
        }
        /// The sum of the losses made so far, and of the penalties of weights.
        public static func get_total_loss(
            add_regularization_losses: Bool = true, name: String = "total_loss"
        ) -> Tensor {
            let all = get_losses() + (add_regularization_losses ? get_regularization_losses() : [])
            return all.isEmpty ? .scalar(0, .float32) : add_n(all, name: name)
        }
    }
}
