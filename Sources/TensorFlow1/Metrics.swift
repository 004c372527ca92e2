// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Measures over many runs: a value, and an operation that takes in a batch and gives the value then.
    /// Their counters are local variables: `tf.local_variables_initializer()`.
    public enum metrics {
        private static func counter(_ name: String, _ shape: [Int] = []) throws -> Variable {
            try variable(
                name, shape, .float32, Initializer.zeros, nil, false,
                [GraphKeys.LOCAL_VARIABLES.name, GraphKeys.METRIC_VARIABLES.name], nil)
        }

        /// Counters in a scope, and a value of them before and after a batch.
        private static func metric(
            _ kind: String, _ name: String?, _ counters: [String: Tensor],
            _ value: ([String: Tensor]) -> Tensor
        ) -> (Tensor, Tensor) {
            do {
                return try variable_scope(name, default_name: kind) {
                    var before: [String: Tensor] = [:]
                    var after: [String: Tensor] = [:]
                    for (name, amount) in counters.sorted(by: { $0.key < $1.key }) {
                        let variable = try counter(name, amount.shape.dimensions ?? [])
                        before[name] = variable.anyTensor
                        after[name] = variable.assign_add(amount).anyTensor
                    }
                    return (value(before), value(after))
                }
            } catch {
                let invalid = AnyTensor.invalid(kind, name, "\(error)")
                return (invalid, invalid)
            }
        }

        private static func number(_ x: any TensorOperand) -> Tensor {
            let x = x.tensor(nil)
            return x.dtype == .float32 ? x : x.cast(to: .float32)
        }

        private static func total(_ x: Tensor, _ weights: (any TensorOperand)?) -> Tensor {
            reduce_sum(weights.map { x * number($0) } ?? x)
        }

        /// The mean of all values.
        public static func mean(
            _ values: some TensorOperand, weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            let values = number(values)
            let counters = [
                "total": total(values, weights), "count": total(ones_like(values), weights),
            ]
            return metric("mean", name, counters) { div_no_nan($0["total"], $0["count"]) }
        }
        /// The mean of all values.
        public static func mean(
            values: some TensorOperand, weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            mean(values, weights: weights, name: name)
        }

        /// The share of predictions that are the labels.
        public static func accuracy(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            let x = predictions.tensor(nil)
            let y = labels.tensor(x.dtype)
            let right = number(equal(x, y.dtype == x.dtype ? y : y.cast(to: x.dtype)))
            let counters = [
                "total": total(right, weights), "count": total(ones_like(right), weights),
            ]
            return metric("accuracy", name, counters) { div_no_nan($0["total"], $0["count"]) }
        }
        /// The share of predictions that are the labels.
        public static func accuracy(
            labels: some TensorOperand, predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            accuracy(labels, predictions, weights: weights, name: name)
        }

        /// The mean of the squared differences.
        public static func mean_squared_error(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            let d = squared_difference(number(predictions), number(labels))
            let counters = ["total": total(d, weights), "count": total(ones_like(d), weights)]
            return metric("mean_squared_error", name, counters) {
                div_no_nan($0["total"], $0["count"])
            }
        }

        private static func cases(
            _ labels: any TensorOperand, _ predictions: any TensorOperand, _ label: Bool,
            _ prediction: Bool, _ weights: (any TensorOperand)?
        ) -> Tensor {
            func isTrue(_ x: any TensorOperand, _ wanted: Bool) -> Tensor {
                let truth = cast(x.tensor(nil), .bool)
                return wanted ? truth : logical_not(truth)
            }
            return total(
                number(logical_and(isTrue(labels, label), isTrue(predictions, prediction))),
                weights)
        }

        private static func count(
            _ kind: String, _ labels: any TensorOperand, _ predictions: any TensorOperand,
            _ label: Bool, _ prediction: Bool, _ weights: (any TensorOperand)?, _ name: String?
        ) -> (Tensor, Tensor) {
            metric(kind, name, ["count": cases(labels, predictions, label, prediction, weights)]) {
                $0["count"].tensor(nil)
            }
        }

        /// How many predictions are rightly true.
        public static func true_positives(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            count("true_positives", labels, predictions, true, true, weights, name)
        }
        /// How many predictions are rightly false.
        public static func true_negatives(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            count("true_negatives", labels, predictions, false, false, weights, name)
        }
        /// How many predictions are wrongly true.
        public static func false_positives(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            count("false_positives", labels, predictions, false, true, weights, name)
        }
        /// How many predictions are wrongly false.
        public static func false_negatives(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            count("false_negatives", labels, predictions, true, false, weights, name)
        }

        /// The share of true predictions that are right.
        public static func precision(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            let counters = [
                "true": cases(labels, predictions, true, true, weights),
                "false": cases(labels, predictions, false, true, weights),
            ]
            return metric("precision", name, counters) {
                let right = $0["true"].tensor(nil)
                return div_no_nan(right, right + $0["false"].tensor(nil))
            }
        }
        /// The share of true labels that are found.
        public static func recall(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, name: String? = nil
        ) -> (Tensor, Tensor) {
            let counters = [
                "true": cases(labels, predictions, true, true, weights),
                "false": cases(labels, predictions, true, false, weights),
            ]
            return metric("recall", name, counters) {
                let right = $0["true"].tensor(nil)
                return div_no_nan(right, right + $0["false"].tensor(nil))
            }
        }

        /// The area under the curve of true over false positives, by sums over thresholds.
        public static func auc(
            _ labels: some TensorOperand, _ predictions: some TensorOperand,
            weights: (any TensorOperand)? = nil, num_thresholds: Int = 200, name: String? = nil
        ) -> (Tensor, Tensor) {
            guard num_thresholds > 2 else {
                let invalid = AnyTensor.invalid("auc", name, "there must be 3 thresholds or more")
                return (invalid, invalid)
            }
            let steps = Double(num_thresholds - 1)
            let inner = (1..<num_thresholds - 1).map { Float(Double($0) / steps) }
            let thresholds = AnyTensor(NDArray([-1e-7] + inner + [1 + 1e-7]))
            let x = greater(
                expand_dims(reshape(number(predictions), [-1]), 0), expand_dims(thresholds, 1))
            let y = expand_dims(reshape(cast(labels, .bool), [-1]), 0)
            let weight = weights.map { expand_dims(reshape(number($0), [-1]), 0) }
            func counted(_ truth: Tensor) -> Tensor {
                let ones = number(truth)
                return reduce_sum(weight.map { ones * $0 } ?? ones, axis: 1)
            }
            let counters = [
                "true_positives": counted(logical_and(x, y)),
                "false_negatives": counted(logical_and(logical_not(x), y)),
                "false_positives": counted(logical_and(x, logical_not(y))),
                "true_negatives": counted(logical_and(logical_not(x), logical_not(y))),
            ]
            return metric("auc", name, counters) { counts in
                func share(_ a: String, _ b: String) -> Tensor {
                    let (a, b) = (counts[a].tensor(nil), counts[b].tensor(nil))
                    return (a + 1e-6) / (a + b + 1e-6)
                }
                let found = share("true_positives", "false_negatives")
                let (p, n) = (
                    counts["false_positives"].tensor(nil), counts["true_negatives"].tensor(nil)
                )
                let alarms = p / (p + n + 1e-6)
                let last = num_thresholds - 1
                return reduce_sum(
                    (alarms[0..<last] - alarms[1...]) * (found[0..<last] + found[1...]) * 0.5)
            }
        }
    }
}
