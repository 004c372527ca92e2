// SPDX-License-Identifier: Apache-2.0
import Weft

/// Optimizers and schedules of hostile numbers.
extension Chain {
    func schedule() -> Schedule {
        switch draws.below(12) {
        case 0:
            return .exponentialDecay(
                from: number(), rate: number(), steps: int(), isStaircase: yes())
        case 1:
            return .naturalExponentialDecay(
                from: number(), rate: number(), steps: int(), isStaircase: yes())
        case 2:
            return .inverseTimeDecay(
                from: number(), rate: number(), steps: int(), isStaircase: yes())
        case 3:
            return .polynomialDecay(
                from: number(), to: number(), steps: int(), power: number(), cycles: yes())
        case 4: return .piecewiseConstant(boundaries: ints(), values: [number(), number()])
        case 5: return .cosineDecay(from: number(), steps: int(), alpha: number())
        case 6:
            return .cosineRestarts(
                from: number(), steps: int(), growth: number(), scale: number(), alpha: number())
        case 7:
            return .linearCosineDecay(
                from: number(), steps: int(), periods: number(), alpha: number(), beta: number())
        case 8:
            return .noisyLinearCosineDecay(
                from: number(), steps: int(), initialVariance: number(), varianceDecay: number(),
                stream: name())
        case 9: return .noam(modelSize: int(), warmUpSteps: int(), factor: number())
        case 10:
            return .oneCycle(
                most: number(), steps: int(), rise: number(), initialDivisor: number(),
                finalDivisor: number(), shape: choice([.cosine, .linear]), hasThreePhases: yes())
        default:
            let parts = [Schedule.constant(number()), .constant(number()).scaled(by: number())]
            return Schedule.joined(parts, at: ints()).warmedUp(steps: int(), from: number())
        }
    }

    private func decay() -> WeightDecay {
        draws.pick([.none, 0.1, 1, .ofMatrices(number()), WeightDecay(number())])
    }

    private func stepSize() -> any LearningRateConvertible { yes() ? schedule() : rate() }

    func optimizer() -> any Optimizer {
        let (a, b, c) = (number(), number(), number())
        switch draws.below(19) {
        case 0:
            return AdamW(
                learningRate: stepSize(), beta1: a, beta2: b, epsilon: c, weightDecay: decay())
        case 1: return AMSGrad(learningRate: stepSize(), beta1: a, beta2: b, epsilon: c)
        case 2: return Adamax(learningRate: stepSize(), beta1: a, beta2: b, epsilon: c)
        case 3: return Nadam(learningRate: stepSize(), beta1: a, beta2: b, momentumDecay: c)
        case 4: return RAdam(learningRate: stepSize(), beta1: a, beta2: b, epsilon: c)
        case 5: return Yogi(learningRate: stepSize(), beta1: a, beta2: b, initialAccumulator: c)
        case 6: return AdaBelief(learningRate: stepSize(), beta1: a, beta2: b, epsilon: c)
        case 7: return Lion(learningRate: stepSize(), beta1: a, beta2: b, weightDecay: decay())
        case 8:
            let limits = a <= b ? a...b : 0...1
            return Rprop(initialStep: c, shrinking: number(), growing: number(), limits: limits)
        case 9:
            return LAMB(
                learningRate: stepSize(), beta1: a, beta2: b, epsilon: c, weightDecay: decay())
        case 10: return LARS(learningRate: stepSize(), momentum: a, trust: b, epsilon: c)
        case 11:
            return Adafactor(
                learningRate: stepSize(), decayPower: a, epsilon: b, leastScale: c, clip: number())
        case 12:
            return Muon(
                learningRate: stepSize(), momentum: a, usesNesterov: yes(), iterations: int(),
                epsilon: b, weightDecay: decay())
        case 13: return Adadelta(learningRate: stepSize(), decay: a, epsilon: b)
        case 14: return ASGD(learningRate: stepSize(), decay: a, power: b, averagingStart: c)
        case 15:
            return Ftrl(
                learningRate: stepSize(), learningRatePower: a, initialAccumulator: b, l1: c,
                l2: number(), l2Shrinkage: number())
        case 16: return AdagradDA(learningRate: stepSize(), initialAccumulator: a, l1: b, l2: c)
        case 17: return ProximalGradientDescent(learningRate: stepSize(), l1: a, l2: b)
        default:
            return ProximalAdagrad(learningRate: stepSize(), initialAccumulator: a, l1: b, l2: c)
        }
    }
}
