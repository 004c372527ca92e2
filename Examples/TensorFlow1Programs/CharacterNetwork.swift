// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// The settings of the command line, as the original's are without any.
private struct Args {
    var model = "lstm"
    var rnn_size = 128
    var num_layers = 2
    var batch_size = 50
    var seq_length = 50
    var num_epochs = 50
    var grad_clip = 5.0
    var learning_rate = 0.002
    var decay_rate = 0.97
    var save_dir = "save"
    var vocab_size = 0
}

/// Batches of a text's characters, as numbers, and of those that follow.
private struct TextLoader {
    let chars: [Character]
    let vocab: [Character: Int]
    let num_batches: Int
    private var x_batches: [NDArray] = []
    private var y_batches: [NDArray] = []
    private var pointer = 0

    init(_ text: String, _ batch_size: Int, _ seq_length: Int) throws {
        let counts = text.reduce(into: [Character: Int]()) { $0[$1, default: 0] += 1 }
        chars = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        let vocab = Dictionary(uniqueKeysWithValues: chars.enumerated().map { ($1, $0) })
        self.vocab = vocab
        let numbers = text.map { Int32(vocab[$0] ?? 0) }
        let num_batches = numbers.count / (batch_size * seq_length)
        try reach(num_batches > 0, "the text is too short")
        self.num_batches = num_batches
        let count = num_batches * batch_size * seq_length
        let xdata = Array(numbers[..<count])
        let ydata = Array(xdata[1...]) + [xdata[0]]
        let rows = { (data: [Int32]) in
            try NDArray(data).reshaped(to: [batch_size, count / batch_size])
        }
        let (x, y) = (try rows(xdata), try rows(ydata))
        for batch in 0..<num_batches {
            let columns = batch * seq_length..<(batch + 1) * seq_length
            x_batches.append(try x.sliced(0..., columns))
            y_batches.append(try y.sliced(0..., columns))
        }
    }

    mutating func next_batch() -> (NDArray, NDArray) {
        defer { pointer += 1 }
        return (x_batches[pointer], y_batches[pointer])
    }

    mutating func reset_batch_pointer() { pointer = 0 }
}

private final class Model {
    let args: Args
    let cell: tf.nn.rnn_cell.RNNCell
    let input_data: tf.Tensor
    let targets: tf.Tensor
    let initial_state: tf.nn.rnn_cell.State
    let final_state: tf.nn.rnn_cell.State
    let probs: tf.Tensor
    let cost: tf.Tensor
    let lr: tf.Variable
    let train_op: tf.Operation

    init(_ given: Args, infer: Bool = false) throws {
        var args = given
        if infer {
            args.batch_size = 1
            args.seq_length = 1
        }
        self.args = args

        let (rnn, rnn_size) = (tf.contrib.rnn.self, args.rnn_size)
        func one_cell() throws -> tf.nn.rnn_cell.RNNCell {
            switch args.model {
            case "rnn": rnn.BasicRNNCell(rnn_size)
            case "gru": rnn.GRUCell(rnn_size)
            case "lstm": rnn.BasicLSTMCell(rnn_size, state_is_tuple: true)
            default: throw Missed(description: "model type not supported: \(args.model)")
            }
        }

        let cell = rnn.MultiRNNCell(
            try (0..<args.num_layers).map { _ in try one_cell() }, state_is_tuple: true)
        self.cell = cell

        input_data = tf.placeholder(tf.int32, [args.batch_size, args.seq_length])
        targets = tf.placeholder(tf.int32, [args.batch_size, args.seq_length])
        initial_state = cell.zero_state(args.batch_size, tf.float32)

        let (softmax_w, softmax_b) = try tf.variable_scope("rnnlm") {
            (
                try tf.get_variable("softmax_w", [args.rnn_size, args.vocab_size]),
                try tf.get_variable("softmax_b", [args.vocab_size])
            )
        }

        let embedding = try tf.get_variable("embedding", [args.vocab_size, args.rnn_size])
        var inputs = tf.split(
            tf.nn.embedding_lookup(embedding, input_data), args.seq_length, axis: 1)
        inputs = inputs.map { tf.squeeze($0, [1]) }

        func loop(_ prev: tf.Tensor, _: Int) -> tf.Tensor {
            let prev = tf.matmul(prev, softmax_w) + softmax_b
            let prev_symbol = tf.stop_gradient(tf.argmax(prev, 1))
            return tf.nn.embedding_lookup(embedding, prev_symbol)
        }

        let (outputs, last_state) = try tf.contrib.legacy_seq2seq.rnn_decoder(
            inputs, initial_state, cell, loop_function: infer ? loop : nil, scope: "rnnlm")
        let output = tf.reshape(tf.concat(outputs, 1), [-1, args.rnn_size])
        let logits = tf.matmul(output, softmax_w) + softmax_b
        probs = tf.nn.softmax(logits)
        let loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
            [logits],
            [tf.reshape(targets, [-1])],
            [tf.ones([args.batch_size * args.seq_length])])
        cost = tf.reduce_sum(loss) / args.batch_size / args.seq_length
        final_state = last_state
        lr = tf.Variable(0.0, trainable: false)
        let tvars = tf.trainable_variables()
        let (grads, _) = tf.clip_by_global_norm(try tf.gradients(cost, tvars), args.grad_clip)
        let optimizer = tf.train.AdamOptimizer(lr)
        train_op = try optimizer.apply_gradients(zip(grads, tvars))
    }

    func sample(
        _ sess: tf.Session, _ chars: [Character], _ vocab: [Character: Int], num: Int = 200,
        prime: String = "The "
    ) throws -> String {
        var state = try sess.run(initial_state)
        for char in prime.dropLast() {
            let feed: tf.FeedDict = [input_data: [[vocab[char] ?? 0]], initial_state: state]
            state = try sess.run(final_state, feed_dict: feed)
        }

        var ret = prime
        var char = prime.last ?? " "
        for _ in 0..<num {
            let feed: tf.FeedDict = [input_data: [[vocab[char] ?? 0]], initial_state: state]
            let p = try sess.run(probs, feed_dict: feed)[0].doubles
            state = try sess.run(final_state, feed_dict: feed)
            char = chars[np.random.choice(p)]
            ret.append(char)
        }
        return ret
    }
}

/// A text learnt character by character, and one drawn like it.
let characterNetwork = Program(
    name: "char_rnn", original: "sherjilozair/char-rnn-tensorflow"
) { isShort in
    var args = Args()
    if isShort { (args.rnn_size, args.batch_size, args.seq_length) = (32, 10, 10) }
    args.num_epochs = isShort ? 2 : 5
    let lines = [
        "The weaver sets the warp and throws the shuttle, ",
        "and thread by thread the cloth grows. ",
        "What the loom holds, the hand has made; ", "what the hand has made, the eye will find. ",
    ]
    let count = isShort ? 40 : 2000
    let text = (0..<count).map { _ in lines[np.random.randint(0, 3)] }.joined()

    func train() throws -> (Double, Double) {
        var data_loader = try TextLoader(text, args.batch_size, args.seq_length)
        args.vocab_size = data_loader.chars.count
        let model = try Model(args)
        var (first, last) = (Double.nan, Double.nan)

        try tf.with(tf.Session()) { sess in
            try sess.run(tf.global_variables_initializer())
            let saver = tf.train.Saver(tf.global_variables())
            for e in 0..<args.num_epochs {
                try sess.run(
                    tf.assign(model.lr, args.learning_rate * pow(args.decay_rate, Double(e))))
                data_loader.reset_batch_pointer()
                var state = try sess.run(model.initial_state)
                for b in 0..<data_loader.num_batches {
                    let (x, y) = data_loader.next_batch()
                    let feed: tf.FeedDict = [
                        model.input_data: x, model.targets: y, model.initial_state: state,
                    ]
                    let fetches: [any TensorConvertible] =
                        [model.cost, model.train_op] + model.final_state.tensors
                    let results = try sess.run(fetches, feed)
                    last = results[0].doubles[0]
                    state = Array(results[2...])
                    if first.isNaN { first = last }
                    if b % 100 == 0 { print("epoch \(e), batch \(b), loss \(last)") }
                }
            }
            try tf.gfile.MakeDirs(args.save_dir)
            let checkpoint_path = "\(args.save_dir)/model.ckpt"
            try saver.save(sess, checkpoint_path, global_step: args.num_epochs)
        }
        return (first, last)
    }

    func sample() throws -> String {
        let loader = try TextLoader(text, args.batch_size, args.seq_length)
        let model = try Model(args, infer: true)
        return try tf.with(tf.Session()) { sess in
            try sess.run(tf.global_variables_initializer())
            let saver = tf.train.Saver(tf.global_variables())
            guard let ckpt = tf.train.get_checkpoint_state(args.save_dir) else {
                throw Missed(description: "there is no checkpoint")
            }
            try saver.restore(sess, ckpt.model_checkpoint_path)
            return try model.sample(sess, loader.chars, loader.vocab, num: isShort ? 40 : 200)
        }
    }

    let (first, last) = try train()
    tf.reset_default_graph()
    let drawn = try sample()
    print("loss from", first, "to", last)
    print(drawn)
    try reach(last < first - (isShort ? 0.3 : 2), "the loss went from \(first) to \(last)")
    try reach(drawn.count == 4 + (isShort ? 40 : 200), "a text of \(drawn.count) characters")
}
