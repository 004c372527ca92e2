// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft

/// The optimizers by the names that the command has for them.
enum OptimizerChoice: String, ExpressibleByArgument, CaseIterable {
    case adabelief, adadelta, adafactor, adagrad, adam, adamax, adamw, amsgrad, ftrl, lamb, lars,
        lion
    case momentum, muon, nadam, nesterov, radam, rmsprop, sgd, yogi

    /// The learning rate where none is given: the optimizer's usual one.
    var usualRate: Double {
        switch self {
        case .adadelta: 1
        case .adafactor, .adagrad, .momentum, .nesterov, .sgd: 0.01
        case .ftrl, .lars: 0.1
        case .lion: 1e-4
        case .muon: 0.02
        case .adabelief, .adam, .adamax, .adamw, .amsgrad, .lamb, .nadam, .radam, .rmsprop: 0.001
        case .yogi: 0.01
        }
    }

    func optimizer(_ rate: any LearningRateConvertible) -> any Optimizer {
        switch self {
        case .adabelief: AdaBelief(learningRate: rate)
        case .adadelta: Adadelta(learningRate: rate)
        case .adafactor: Adafactor(learningRate: rate)
        case .adagrad: Adagrad(learningRate: rate)
        case .adam: Adam(learningRate: rate)
        case .adamax: Adamax(learningRate: rate)
        case .adamw: AdamW(learningRate: rate)
        case .amsgrad: AMSGrad(learningRate: rate)
        case .ftrl: Ftrl(learningRate: rate)
        case .lamb: LAMB(learningRate: rate)
        case .lars: LARS(learningRate: rate)
        case .lion: Lion(learningRate: rate)
        case .momentum: Momentum(learningRate: rate)
        case .muon: Muon(learningRate: rate)
        case .nadam: Nadam(learningRate: rate)
        case .nesterov: Momentum(learningRate: rate, usesNesterov: true)
        case .radam: RAdam(learningRate: rate)
        case .rmsprop: RMSProp(learningRate: rate)
        case .sgd: GradientDescent(learningRate: rate)
        case .yogi: Yogi(learningRate: rate)
        }
    }
}

/// How the learning rate changes, by the names that the command has for it.
enum ScheduleChoice: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, exponential, linear, plateau
    case oneCycle = "one-cycle"

    /// The rate of each step, from the greatest one down.
    ///
    /// - Parameters:
    ///   - steps: How many steps of the optimizer there are.
    ///   - warmUp: For how many of them the rate rises at first.
    func rate(greatest rate: Double, steps: Int, warmUp: Int) -> any LearningRateConvertible {
        let rest = max(steps - warmUp, 1)
        let schedule: Schedule
        switch self {
        case .plateau: return ReduceOnPlateau(from: rate, patience: 5)
        case .constant: schedule = .constant(rate)
        case .cosine: schedule = .cosineDecay(from: rate, steps: rest)
        case .exponential: schedule = .exponentialDecay(from: rate, rate: 0.01, steps: rest)
        case .linear: schedule = .polynomialDecay(from: rate, to: 0, steps: rest)
        case .oneCycle: schedule = .oneCycle(most: rate, steps: max(steps, 2))
        }
        return warmUp > 0 ? schedule.warmedUp(steps: warmUp) : schedule
    }
}
