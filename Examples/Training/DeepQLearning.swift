// SPDX-License-Identifier: Apache-2.0
//
// A network learns what a push is worth, and so to balance a pole (Mnih et al. 2015, with the double estimate of
// van Hasselt et al. 2016): a loop of its own around two functions of a session, one that acts and one that learns.
// Reaches: the pole stands for all 500 steps from each of twenty beginnings, after 50,000 pushes.
import Weft

enum DeepQLearning: Program {
    struct Moment {
        var state: [Float]
        var action: Int32
        var next: [Float]
        var isLast: Bool
    }

    static func run(_ options: Options) throws {
        let steps = options.isShort ? 8_000 : 50_000
        var random = SplitMix(seed: 3)
        let player = try Player()
        var memory: [Moment] = []
        var lengths: [Int] = []
        var pole = CartPole(random: &random)

        for step in 0..<steps {
            // At first most pushes are random, later few.
            let curiosity = max(0.02, 1 - Float(step) / Float(min(steps / 2, 10_000)))
            let isRandom = Float.random(in: 0..<1, using: &random) < curiosity
            let action = isRandom ? Int(random.next() % 2) : try player.action(pole.state)
            let before = pole.state
            pole.push(action)
            let moment = Moment(
                state: before, action: Int32(action), next: pole.state, isLast: pole.hasFallen)
            if memory.count < 20_000 {
                memory.append(moment)
            } else {
                memory[step % 20_000] = moment
            }
            if pole.isOver {
                lengths.append(pole.steps)
                pole = CartPole(random: &random)
            }
            if memory.count >= 1_000 {
                try player.learn(
                    from: (0..<64).map { _ in memory[Int.random(in: memory.indices, using: &random)]
                    })
                if step % 250 == 0 { try player.settle() }
            }
            if (step + 1) % (steps / 5) == 0 {
                let last = lengths.suffix(20)
                print(
                    "\(step + 1) pushes: the pole stood \(last.reduce(0, +) / max(last.count, 1)) steps"
                )
            }
        }

        // Without any curiosity, from twenty beginnings.
        let stood = try (0..<20).map { _ in
            var pole = CartPole(random: &random)
            while !pole.isOver { pole.push(try player.action(pole.state)) }
            return Double(pole.steps)
        }
        try report("steps of 500", stood.reduce(0, +) / 20, atLeast: options.isShort ? 60 : 450)
    }

    /// The network, and the slower copy of it that says what the future is worth.
    final class Player {
        private let act: SessionFunction<(NDArray), NDArray>
        private let step: SessionFunction<(NDArray, NDArray, NDArray, NDArray), (NDArray, NDArray)>
        private let copy: Update
        private let session = Session(.init(seed: 1))

        init() throws {
            func network(_ name: String) -> Sequential<Tensor<Float>, Tensor<Float>> {
                Sequential(name) {
                    Dense<Float>("hidden1", inputs: 4, units: 64)
                    relu
                    Dense("hidden2", inputs: 64, units: 64)
                    relu
                    Dense("values", inputs: 64, units: 2)
                }
            }
            let (online, slow) = (network("online"), network("slow"))
            let states = Tensor<Float>.placeholder(shape: [nil, 4], name: "states")
            let actions = Tensor<Int32>.placeholder(shape: [nil], name: "actions")
            let next = Tensor<Float>.placeholder(shape: [nil, 4], name: "next")
            let goesOn = Tensor<Float>.placeholder(shape: [nil], name: "goesOn")

            let values = online(states, mode: .training)
            let chosen = (values * Tensor.oneHot(actions, depth: 2)).sum(axes: [1])
            // The network says which push comes next, its copy what that is worth.
            let best = Tensor<Float>.oneHot(
                online(next, mode: .inference).argMax(axis: 1), depth: 2)
            let future = (slow(next, mode: .inference) * best).sum(axes: [1])
            let loss = huberLoss(chosen, stopGradient(1 + 0.99 * goesOn * future))
            let update = try Adam(learningRate: 0.0005)
                .minimize(loss, variables: online.trainableVariables)

            act = session.function(feeding: states, fetching: values.argMax(axis: 1))
            step = session.function(feeding: states, actions, next, goesOn, fetching: loss, update)
            copy = Update.group(
                zip(slow.variables, online.variables).map { $0.assign($1.value) })
            try settle()
        }

        /// The push that promises most.
        func action(_ state: [Float]) throws -> Int {
            Int(try act(NDArray(state, shape: [1, 4])).doubles[0])
        }

        /// A step on some moments.
        func learn(from moments: [Moment]) throws {
            _ = try step(
                NDArray(rows: moments.map(\.state)), NDArray(moments.map(\.action)),
                NDArray(rows: moments.map(\.next)),
                NDArray(moments.map { $0.isLast ? 0 : 1 as Float }))
        }

        /// The copy becomes what the network is now.
        func settle() throws { _ = try session.run(copy) }
    }
}
