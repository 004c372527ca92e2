// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Runs whose time is one long step.
struct StoppingTests {
    /// Takes far longer than the deadlines below.
    enum Long: String, CaseIterable, Sendable {
        case sort, lines, product, pool, convolution, elementwise, matrices, matrix

        var graph: Tensor<Double> {
            let x = Tensor<Double>.randomUniform(shape: [1 << 11], stream: "long")
            let square = (x.reshaped(to: [-1, 1]) * x).reshaped(to: [1 << 11, 1 << 11])
            switch self {
            case .sort: return square.flattened().sorted()
            case .lines: return square.sorted(axis: 0)
            case .product: return matmul(square, square)
            case .pool:
                return averagePool2D(
                    square.reshaped(to: [1, 1 << 11, 1 << 11, 1]), size: [9, 9], strides: [1, 1],
                    padding: .same)
            case .convolution:
                return conv2D(
                    square.reshaped(to: [1, 1 << 11, 1 << 11, 1]),
                    filter: .ones(shape: [7, 7, 1, 2]))
            case .elementwise:
                return (0..<100).reduce(square) { y, _ in lgamma(y + 1) }
            case .matrices: return square.reshaped(to: [1 << 10, 64, 64]).svd().u
            case .matrix: return square.lu().factors
            }
        }
    }

    @Test("a deadline ends a long step", arguments: Long.allCases)
    func deadline(_ long: Long) {
        let session = Session()
        let total = long.graph.sum()
        let start = ContinuousClock.now
        let control = RunControl(deadline: start + .milliseconds(20))
        #expect(errorCode { _ = try session.run(total, control: control) } == .deadlineExceeded)
        // A loaded machine and the first touch of large arrays take their time.
        #expect(ContinuousClock.now - start < .seconds(1.5))
    }

    @Test("a deadline that has just passed leaves no time")
    func passed() {
        for gone in [Duration.nanoseconds(1), .milliseconds(1), .seconds(1), .seconds(3)] {
            #expect(RunControl(deadline: .now - gone).nanosecondsLeft == 0)
        }
    }

    @Test("cancelling ends a long step, and the session goes on")
    func cancelling() throws {
        let session = Session()
        let v = Variable<Double>("v", shape: [])
        let update = v.assign(Long.sort.graph.sum())
        let control = RunControl()
        // A queue of its own: the shared ones may be waiting for other tests.
        DispatchQueue(label: "cancel").asyncAfter(deadline: .now() + 0.02) { control.cancel() }
        #expect(errorCode { _ = try session.run([update], control: control) } == .cancelled)
        #expect(try session.value(of: v).number == 0)
        #expect(try session.run(Tensor<Double>([3, 1, 2]).sorted()).doubles == [1, 2, 3])
    }

    @Test("a control that stops nothing changes no bits")
    func unstopped() throws {
        let session = Session(.init(seed: 1))
        let x = Tensor<Float>.placeholder(shape: [512, 1024])
        var random = TestRandom("unstopped")
        let fed = random.array(.float32, [512, 1024])
        let results = [
            x.sorted(), exp(x).sum(axes: [0]), x.cumulativeSum(axis: 0),
            averagePool1D(x.reshaped(to: [1, 512, 1024]), size: [300], strides: [1]),
            softmax(lgamma(x * x + 1)),
        ]
        let plain = try session.run(results, feeding: [x: fed])
        let control = RunControl(deadline: ContinuousClock.now + .seconds(600))
        let watched = try session.run(results, feeding: [x: fed], control: control)
        for (a, b) in zip(plain, watched) { #expect(a.hasSameBits(as: b)) }
    }
}
