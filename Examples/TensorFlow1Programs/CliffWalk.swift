// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A grid of 4 by 12: from one corner at the bottom to the other, with a cliff in between.
private final class CliffWalkingEnv {
    let states = 48
    let actions = 4
    private var position = (row: 3, column: 0)

    private var state: Int { position.row * 12 + position.column }

    func reset() -> Int {
        position = (3, 0)
        return state
    }

    /// Up, right, down, left.
    func step(_ action: Int) -> (state: Int, reward: Double, isDone: Bool) {
        let (rows, columns) = ([-1, 0, 1, 0][action], [0, 1, 0, -1][action])
        position.row = min(max(position.row + rows, 0), 3)
        position.column = min(max(position.column + columns, 0), 11)
        let isCliff = position.row == 3 && (1...10).contains(position.column)
        return (state, isCliff ? -100 : -1, isCliff || position == (3, 11))
    }
}

private final class PolicyEstimator {
    let state: tf.Tensor
    let action: tf.Tensor
    let target: tf.Tensor
    let action_probs: tf.Tensor
    let loss: tf.Tensor
    let train_op: tf.Operation

    init(
        _ env: CliffWalkingEnv, learning_rate: Double = 0.01, scope: String = "policy_estimator"
    )
        throws
    {
        (state, action, target, action_probs, loss, train_op) = try tf.variable_scope(scope) {
            let state = tf.placeholder(tf.int32, [], "state")
            let action = tf.placeholder(dtype: tf.int32, shape: [], name: "action")
            let target = tf.placeholder(dtype: tf.float32, shape: [], name: "target")

            let state_one_hot = tf.one_hot(state, env.states)
            let output_layer = tf.contrib.layers.fully_connected(
                inputs: tf.expand_dims(state_one_hot, 0),
                num_outputs: env.actions,
                activation_fn: nil,
                weights_initializer: tf.zeros_initializer())

            let action_probs = tf.squeeze(tf.nn.softmax(output_layer))
            let picked_action_prob = tf.gather(action_probs, action)

            let loss = -tf.log(picked_action_prob) * target

            let optimizer = tf.train.AdamOptimizer(
                learning_rate: learning_rate, name: "Adam_\(scope)")
            let train_op = try optimizer.minimize(
                loss, global_step: tf.contrib.framework.get_global_step())
            return (state, action, target, action_probs, loss, train_op)
        }
    }

    func predict(_ state: Int, _ sess: tf.Session? = tf.get_default_session()) throws -> [Double] {
        try sess?.run(action_probs, [self.state: state]).doubles ?? []
    }

    func update(
        _ state: Int, _ target: Double, _ action: Int,
        _ sess: tf.Session? = tf.get_default_session()
    ) throws {
        let feed_dict: tf.FeedDict = [self.state: state, self.target: target, self.action: action]
        _ = try sess?.run((train_op, loss), feed_dict)
    }
}

private final class ValueEstimator {
    let state: tf.Tensor
    let target: tf.Tensor
    let value_estimate: tf.Tensor
    let loss: tf.Tensor
    let train_op: tf.Operation

    init(
        _ env: CliffWalkingEnv, learning_rate: Double = 0.1, scope: String = "value_estimator"
    )
        throws
    {
        (state, target, value_estimate, loss, train_op) = try tf.variable_scope(scope) {
            let state = tf.placeholder(tf.int32, [], "state")
            let target = tf.placeholder(dtype: tf.float32, shape: [], name: "target")

            let state_one_hot = tf.one_hot(state, env.states)
            let output_layer = tf.contrib.layers.fully_connected(
                inputs: tf.expand_dims(state_one_hot, 0),
                num_outputs: 1,
                activation_fn: nil,
                weights_initializer: tf.zeros_initializer())

            let value_estimate = tf.squeeze(output_layer)
            let loss = tf.squared_difference(value_estimate, target)

            let optimizer = tf.train.AdamOptimizer(
                learning_rate: learning_rate, name: "Adam_\(scope)")
            let train_op = try optimizer.minimize(
                loss, global_step: tf.contrib.framework.get_global_step())
            return (state, target, value_estimate, loss, train_op)
        }
    }

    func predict(_ state: Int, _ sess: tf.Session? = tf.get_default_session()) throws -> Double {
        try sess?.run(value_estimate, [self.state: state]).doubles[0] ?? 0
    }

    func update(
        _ state: Int, _ target: Double, _ sess: tf.Session? = tf.get_default_session()
    ) throws {
        _ = try sess?.run((train_op, loss), [self.state: state, self.target: target])
    }
}

/// The policy gradient with a baseline on a cliff.
let cliffWalk = Program(
    name: "cliff_walk_reinforce", original: "dennybritz/reinforcement-learning"
) { isShort in
    let env = CliffWalkingEnv()

    func reinforce(
        _ env: CliffWalkingEnv, _ estimator_policy: PolicyEstimator,
        _ estimator_value: ValueEstimator, _ num_episodes: Int, discount_factor: Double = 1.0
    ) throws -> [Double] {
        var rewards: [Double] = []

        for _ in 0..<num_episodes {
            var state = env.reset()
            var episode: [(state: Int, action: Int, reward: Double)] = []

            while true {
                let action_probs = try estimator_policy.predict(state)
                let action = np.random.choice(action_probs)
                let (next_state, reward, done) = env.step(action)
                episode.append((state, action, reward))
                if done { break }
                state = next_state
            }
            rewards.append(episode.map(\.reward).reduce(0, +))

            for (t, transition) in episode.enumerated() {
                let total_return = episode[t...].enumerated().reduce(0) {
                    $0 + pow(discount_factor, Double($1.offset)) * $1.element.reward
                }
                let baseline_value = try estimator_value.predict(transition.state)
                let advantage = total_return - baseline_value
                try estimator_value.update(transition.state, total_return)
                try estimator_policy.update(transition.state, advantage, transition.action)
            }
        }
        return rewards
    }

    tf.reset_default_graph()

    let global_step = tf.Variable(0, name: "global_step", trainable: false)
    let policy_estimator = try PolicyEstimator(env)
    let value_estimator = try ValueEstimator(env)

    try tf.with(tf.Session()) { sess in
        try sess.run(tf.initialize_all_variables())
        let rewards = try reinforce(
            env, policy_estimator, value_estimator, isShort ? 60 : 2000, discount_factor: 1.0)
        func mean(_ numbers: some Collection<Double>) -> Double {
            numbers.reduce(0, +) / Double(numbers.count)
        }
        let (first, last) = (mean(rewards.prefix(20)), mean(rewards.suffix(20)))
        print("rewards at first", first, "at last", last, "step", try sess.run(global_step))
        try reach(last > (isShort ? -200 : -40), "the rewards end at \(last)")
    }
}
