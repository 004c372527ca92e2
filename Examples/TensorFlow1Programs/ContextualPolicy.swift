// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Three machines with four arms each, of which one pays more than the others.
private struct ContextualBandit {
    let bandits = [[0.2, 0, -0.0, -5], [0.1, -5, 1, 0.25], [-5, 5, 5, 5]]
    private(set) var state = 0

    mutating func getBandit() -> Int {
        state = np.random.randint(0, bandits.count - 1)
        return state
    }

    func pullArm(_ action: Int) -> Double { np.random.randn() > bandits[state][action] ? 1 : -1 }
}

/// Which arm to pull at which machine, by a policy of one layer.
let contextualPolicy = Program(
    name: "contextual_policy", original: "awjuliani/DeepRL-Agents"
) { isShort in
    typealias slim = tf.contrib.slim

    struct Agent {
        let state_in: tf.Tensor
        let chosen_action: tf.Tensor
        let reward_holder: tf.Tensor
        let action_holder: tf.Tensor
        let update: tf.Operation

        init(lr: Double, s_size: Int, a_size: Int) throws {
            state_in = tf.placeholder(shape: [1], dtype: tf.int32)
            let state_in_OH = slim.one_hot_encoding(state_in, s_size)
            var output = slim.fully_connected(
                state_in_OH, a_size, activation_fn: { tf.nn.sigmoid($0) },
                weights_initializer: tf.ones_initializer(), biases_initializer: nil)
            output = tf.reshape(output, [-1])
            chosen_action = tf.argmax(output, 0)

            reward_holder = tf.placeholder(shape: [1], dtype: tf.float32)
            action_holder = tf.placeholder(shape: [1], dtype: tf.int32)
            let responsible_weight = tf.slice(output, action_holder, [1])
            let loss = -(tf.log(responsible_weight) * reward_holder)
            let optimizer = tf.train.GradientDescentOptimizer(learning_rate: lr)
            update = try optimizer.minimize(loss)
        }
    }

    tf.reset_default_graph()

    var cBandit = ContextualBandit()
    let (num_bandits, num_actions) = (cBandit.bandits.count, cBandit.bandits[0].count)
    // With fewer episodes each step is larger.
    let myAgent = try Agent(lr: isShort ? 0.01 : 0.001, s_size: num_bandits, a_size: num_actions)
    let weights = tf.trainable_variables()[0]

    let total_episodes = isShort ? 3000 : 10000
    let e = 0.1

    try tf.with(tf.Session()) { sess in
        try sess.run(tf.global_variables_initializer())
        var ww = try sess.run(weights)
        for _ in 0..<total_episodes {
            let s = cBandit.getBandit()
            let action: Int
            if np.random.random() < e {
                action = np.random.randint(0, num_actions - 1)
            } else {
                action = Int(
                    try sess.run(myAgent.chosen_action, [myAgent.state_in: [s]]).doubles[0])
            }
            let reward = cBandit.pullArm(action)

            let feed_dict: tf.FeedDict = [
                myAgent.reward_holder: [reward], myAgent.action_holder: [action],
                myAgent.state_in: [s],
            ]
            (_, ww) = try sess.run((myAgent.update, weights), feed_dict)
        }
        for a in 0..<num_bandits {
            let chosen = Int(try ww[a].argMax(axis: 0).doubles[0])
            let best = cBandit.bandits[a].enumerated().min { $0.element < $1.element }?.offset ?? -1
            print("the agent takes arm \(chosen + 1) of bandit \(a + 1)")
            try reach(chosen == best, "arm \(best + 1) of bandit \(a + 1) is the best")
        }
    }
}
