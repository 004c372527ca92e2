// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Adam whose weight decay does not go through the moments, and the schedule around it, with their test.
let bertOptimization = Program(
    name: "bert_optimization", original: "google-research/bert"
) { _ in
    try tf.test.main([OptimizationTest()])
}

private func create_optimizer(
    _ loss: tf.Tensor, _ init_lr: Double, _ num_train_steps: Int, _ num_warmup_steps: Int
) throws -> (tf.Operation, tf.Tensor) {
    let global_step = tf.train.get_or_create_global_step()

    var learning_rate = tf.constant(value: init_lr, shape: [], dtype: tf.float32)

    learning_rate = tf.train.polynomial_decay(
        learning_rate,
        global_step,
        num_train_steps,
        end_learning_rate: 0.0,
        power: 1.0,
        cycle: false)

    if num_warmup_steps > 0 {
        let global_steps_int = tf.cast(global_step, tf.int32)
        let warmup_steps_int = tf.constant(num_warmup_steps, dtype: tf.int32)

        let global_steps_float = tf.cast(global_steps_int, tf.float32)
        let warmup_steps_float = tf.cast(warmup_steps_int, tf.float32)

        let warmup_percent_done = global_steps_float / warmup_steps_float
        let warmup_learning_rate = init_lr * warmup_percent_done

        let is_warmup = tf.cast(tf.less(global_steps_int, warmup_steps_int), tf.float32)
        learning_rate = (1.0 - is_warmup) * learning_rate + is_warmup * warmup_learning_rate
    }

    let optimizer = AdamWeightDecayOptimizer(
        learning_rate: learning_rate,
        weight_decay_rate: 0.01,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        exclude_from_weight_decay: ["LayerNorm", "layer_norm", "bias"])

    let tvars = tf.trainable_variables()
    var grads = try tf.gradients(loss, tvars)

    (grads, _) = tf.clip_by_global_norm(grads, clip_norm: 1.0)

    var train_op = try optimizer.apply_gradients(
        Array(zip(grads, tvars)), global_step: global_step)

    var new_global_step = global_step + 1
    new_global_step = tf.identity(new_global_step, name: "step_update")
    train_op = tf.group(train_op, global_step.assign(new_global_step))
    return (train_op, learning_rate)
}

private final class AdamWeightDecayOptimizer: tf.train.Optimizer {
    let learning_rate: tf.Tensor
    let weight_decay_rate: Double
    let beta_1: Double
    let beta_2: Double
    let epsilon: Double
    let exclude_from_weight_decay: [String]

    init(
        learning_rate: some TensorOperand, weight_decay_rate: Double = 0.0, beta_1: Double = 0.9,
        beta_2: Double = 0.999, epsilon: Double = 1e-6, exclude_from_weight_decay: [String] = [],
        name: String = "AdamWeightDecayOptimizer"
    ) {
        self.learning_rate = tf.identity(learning_rate, name: "learning_rate")
        self.weight_decay_rate = weight_decay_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.exclude_from_weight_decay = exclude_from_weight_decay
        super.init(false, name)
    }

    override func apply_gradients(
        _ grads_and_vars: [(tf.Tensor?, tf.Variable)], global_step: tf.Variable? = nil,
        name: String? = nil
    ) throws -> tf.Operation {
        var assignments: [tf.Operation] = []
        for (grad, param) in grads_and_vars {
            guard let grad else {
                continue
            }

            let param_name = _get_variable_name(param.name)

            let m = try tf.get_variable(
                name: param_name + "/adam_m",
                shape: param.shape.as_list(),
                dtype: tf.float32,
                initializer: tf.zeros_initializer(),
                trainable: false)
            let v = try tf.get_variable(
                name: param_name + "/adam_v",
                shape: param.shape.as_list(),
                dtype: tf.float32,
                initializer: tf.zeros_initializer(),
                trainable: false)

            let next_m = tf.multiply(beta_1, m) + tf.multiply(1.0 - beta_1, grad)
            let next_v = tf.multiply(beta_2, v) + tf.multiply(1.0 - beta_2, tf.square(grad))

            var update = next_m / (tf.sqrt(next_v) + epsilon)

            if _do_use_weight_decay(param_name) {
                update = update + weight_decay_rate * param
            }

            let update_with_lr = learning_rate * update

            let next_param = param - update_with_lr

            assignments += [param.assign(next_param), m.assign(next_m), v.assign(next_v)]
        }
        return tf.group(assignments, name: name)
    }

    func _do_use_weight_decay(_ param_name: String) -> Bool {
        if weight_decay_rate == 0 {
            return false
        }
        return !exclude_from_weight_decay.contains { param_name.contains($0) }
    }

    func _get_variable_name(_ param_name: String) -> String {
        String(param_name.prefix { $0 != ":" })
    }
}

private final class OptimizationTest: tf.test.TestCase {
    override var tests: [String: () throws -> Void] {
        ["test_adam": test_adam, "test_schedule": test_schedule]
    }

    func test_adam() throws {
        try test_session { sess in
            let w = try tf.get_variable(
                "w",
                shape: [3],
                initializer: tf.constant_initializer([0.1, -0.2, -0.1]))
            let x = tf.constant([0.4, 0.2, -0.5])
            let loss = tf.reduce_mean(tf.square(x - w))
            let tvars = tf.trainable_variables()
            let grads = try tf.gradients(loss, tvars)
            let global_step = tf.train.get_or_create_global_step()
            let optimizer = AdamWeightDecayOptimizer(learning_rate: 0.2)
            let train_op = try optimizer.apply_gradients(
                Array(zip(grads, tvars)), global_step: global_step)
            let init_op = tf.group(
                tf.global_variables_initializer(), tf.local_variables_initializer())
            try sess.run(init_op)
            for _ in 0..<100 {
                try sess.run(train_op)
            }
            let w_np = try sess.run(w)
            try assertAllClose(w_np, [0.4, 0.2, -0.5], rtol: 1e-2, atol: 1e-2)
        }
    }

    /// The original has no test of its schedule: up for 4 steps, then down to 0 at step 10.
    func test_schedule() throws {
        try test_session { sess in
            let w = try tf.get_variable("w", shape: [2], initializer: tf.zeros_initializer())
            let loss = tf.reduce_sum(tf.square(w - 1))
            let (train_op, learning_rate) = try create_optimizer(loss, 0.1, 10, 4)
            try sess.run(tf.global_variables_initializer())
            var rates: [Double] = []
            for _ in 0..<10 {
                rates += try sess.run(learning_rate).doubles
                try sess.run(train_op)
            }
            try assertAllClose(
                rates, [0.0, 0.025, 0.05, 0.075, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01], atol: 1e-6)
            try assertEqual(sess.run(tf.train.get_or_create_global_step()).doubles, [10])
        }
    }
}
