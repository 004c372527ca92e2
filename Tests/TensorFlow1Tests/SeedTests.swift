// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing
import Weft

/// Which first values variables have.
@Suite struct SeedTests {
    private func first(graphSeed: Int?, seed: Int?, name: String) throws -> NDArray {
        try tf.Graph().as_default {
            if let graphSeed { tf.set_random_seed(graphSeed) }
            let w = try tf.get_variable(
                name, [3, 2], initializer: tf.truncated_normal_initializer(stddev: 2, seed: seed))
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            return try session.run(w)
        }
    }

    @Test("first values follow the graph's seed and the name, or a seed of their own alone")
    func seeds() throws {
        let plain = try first(graphSeed: nil, seed: nil, name: "a")
        let one = try first(graphSeed: 1, seed: nil, name: "a")
        #expect(one == (try first(graphSeed: 1, seed: nil, name: "a")))
        #expect(one != plain)
        #expect(one != (try first(graphSeed: 2, seed: nil, name: "a")))
        #expect(one != (try first(graphSeed: 1, seed: nil, name: "b")))
        let own = try first(graphSeed: nil, seed: 7, name: "a")
        #expect(own == (try first(graphSeed: nil, seed: 7, name: "b")))
        #expect(own != (try first(graphSeed: nil, seed: 8, name: "a")))
    }
}
