// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A cart on a rail with a pole that stands on it, pushed left or right fifty times a second (Barto, Sutton and
/// Anderson 1983), with the constants that are usual for it.
struct CartPole {
    /// Place and speed of the cart, angle and speed of the pole, in metres, radians and seconds.
    private(set) var state: [Float] = [0, 0, 0, 0]
    private(set) var steps = 0
    /// After so many steps it is enough.
    static let most = 500

    init(random: inout some RandomNumberGenerator) {
        state = (0..<4).map { _ in Float.random(in: -0.05...0.05, using: &random) }
    }

    /// Whether the cart has left the rail, or the pole leans by more than 12 degrees.
    var hasFallen: Bool { abs(state[0]) > 2.4 || abs(state[2]) > 12 * .pi / 180 }
    var isOver: Bool { hasFallen || steps >= Self.most }

    /// A push to the left (0) or to the right (1).
    mutating func push(_ action: Int) {
        let (gravity, cart, pole, half): (Float, Float, Float, Float) = (9.8, 1, 0.1, 0.5)
        let force: Float = action == 1 ? 10 : -10
        let (sine, cosine) = (sin(state[2]), cos(state[2]))
        let pull = (force + pole * half * state[3] * state[3] * sine) / (cart + pole)
        let turn =
            (gravity * sine - cosine * pull)
            / (half * (4 / 3 - pole * cosine * cosine / (cart + pole)))
        let acceleration = pull - pole * half * turn * cosine / (cart + pole)
        let change = [state[1], acceleration, state[3], turn]
        for i in 0..<4 { state[i] += 0.02 * change[i] }
        steps += 1
    }
}

/// Numbers that are the same ones in each run of the program (Steele, Lea and Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
