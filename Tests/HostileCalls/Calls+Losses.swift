// SPDX-License-Identifier: Apache-2.0
import Weft

/// Losses of one element type.
func lossCalls<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    @Sendable func pair(
        _ name: String,
        _ loss:
            @escaping @Sendable (Chain, Tensor<T>, Tensor<T>, Tensor<T>?, LossReduction) ->
            Tensor<T>
    ) -> Call {
        Call(name) { c in
            c.keep(loss(c, c.t(s), c.t(s), c.draws.once(in: 3) ? c.t(s) : nil, c.reduction()))
        }
    }
    return [
        pair("reducedLoss") { _, x, _, w, r in reducedLoss(x, weights: w, reduction: r) },
        pair("meanSquaredError") { meanSquaredError($1, $2, weights: $3, reduction: $4) },
        pair("meanAbsoluteError") { meanAbsoluteError($1, $2, weights: $3, reduction: $4) },
        pair("meanAbsolutePercentageError") {
            meanAbsolutePercentageError(
                $1, $2, epsilon: $0.number(), weights: $3, reduction: $4)
        },
        pair("meanSquaredLogarithmicError") {
            meanSquaredLogarithmicError($1, $2, weights: $3, reduction: $4)
        },
        pair("huberLoss") {
            huberLoss($1, $2, delta: $0.number(), weights: $3, reduction: $4)
        },
        pair("smoothL1Loss") {
            smoothL1Loss($1, $2, beta: $0.number(), weights: $3, reduction: $4)
        },
        pair("logCoshLoss") { logCoshLoss($1, $2, weights: $3, reduction: $4) },
        pair("poissonLoss") {
            poissonLoss($1, $2, epsilon: $0.number(), weights: $3, reduction: $4)
        },
        pair("poissonLoss") { poissonLoss(logarithms: $1, $2, weights: $3, reduction: $4) },
        pair("gaussianLoss") {
            gaussianLoss(
                $1, $2, variance: $0.t(s), epsilon: $0.number(), isFull: $0.yes(), weights: $3,
                reduction: $4)
        },
        pair("kullbackLeiblerDivergence") {
            kullbackLeiblerDivergence($1, $2, axis: $0.axis(), weights: $3, reduction: $4)
        },
        pair("hingeLoss") { hingeLoss($1, $2, weights: $3, reduction: $4) },
        pair("squaredHingeLoss") { squaredHingeLoss($1, $2, weights: $3, reduction: $4) },
        pair("categoricalHingeLoss") {
            categoricalHingeLoss($1, $2, axis: $0.axis(), weights: $3, reduction: $4)
        },
        pair("softMarginLoss") { softMarginLoss($1, $2, weights: $3, reduction: $4) },
        pair("marginRankingLoss") {
            marginRankingLoss(
                $1, $2, order: $0.t(s), margin: $0.number(), weights: $3, reduction: $4)
        },
        pair("multiMarginLoss") {
            multiMarginLoss(
                scores: $1, labels: $0.t(Int32.self), margin: $0.number(), isSquared: $0.yes(),
                weights: $3, reduction: $4)
        },
        pair("cosineSimilarity") { c, x, y, _, _ in
            cosineSimilarity(x, y, axis: c.axis(), epsilon: c.number())
        },
        pair("cosineSimilarityLoss") {
            cosineSimilarityLoss(
                $1, $2, axis: $0.axis(), epsilon: $0.number(), weights: $3, reduction: $4)
        },
        pair("cosineEmbeddingLoss") {
            cosineEmbeddingLoss(
                $1, $2, similar: $0.t(s), axis: $0.axis(), margin: $0.number(),
                epsilon: $0.number(), weights: $3, reduction: $4)
        },
        pair("hingeEmbeddingLoss") {
            hingeEmbeddingLoss(
                distances: $1, similar: $2, margin: $0.number(), weights: $3, reduction: $4)
        },
        pair("contrastiveLoss") {
            contrastiveLoss(
                distances: $1, similar: $2, margin: $0.number(), weights: $3, reduction: $4)
        },
        pair("tripletLoss") {
            tripletLoss(
                anchor: $1, positive: $2, negative: $0.t(s), margin: $0.number(),
                order: $0.choice(NormOrder.allCases), epsilon: $0.number(),
                swapsAnchor: $0.yes(), weights: $3, reduction: $4)
        },
        pair("sigmoidCrossEntropy") {
            sigmoidCrossEntropy(
                logits: $1, labels: $2, labelSmoothing: $0.number(),
                positiveWeight: $0.yes() ? $0.t(s) : nil, weights: $3, reduction: $4)
        },
        pair("binaryCrossEntropy") {
            binaryCrossEntropy(
                probabilities: $1, labels: $2, labelSmoothing: $0.number(), weights: $3,
                reduction: $4)
        },
        pair("softmaxCrossEntropy") {
            softmaxCrossEntropy(
                logits: $1, labels: $2, axis: $0.axis(), labelSmoothing: $0.number(), weights: $3,
                reduction: $4)
        },
        pair("softmaxCrossEntropy") {
            softmaxCrossEntropy(
                logits: $1, labels: $0.t(Int32.self), labelSmoothing: $0.number(),
                classWeights: $0.yes() ? $0.t(s) : nil, ignoring: $0.maybe($0.int()), weights: $3,
                reduction: $4)
        },
        pair("categoricalCrossEntropy") {
            categoricalCrossEntropy(
                probabilities: $1, labels: $2, axis: $0.axis(), labelSmoothing: $0.number(),
                weights: $3, reduction: $4)
        },
        pair("categoricalCrossEntropy") {
            categoricalCrossEntropy(
                probabilities: $1, labels: $0.t(Int32.self), classWeights: $0.t(s),
                ignoring: $0.maybe($0.int()), weights: $3, reduction: $4)
        },
        pair("sigmoidFocalLoss") {
            sigmoidFocalLoss(
                logits: $1, labels: $2, alpha: $0.maybe($0.number()), gamma: $0.number(),
                weights: $3, reduction: $4)
        },
        pair("softmaxFocalLoss") {
            softmaxFocalLoss(
                logits: $1, labels: $2, axis: $0.axis(), alpha: $0.number(), gamma: $0.number(),
                weights: $3, reduction: $4)
        },
        pair("softmaxFocalLoss") {
            softmaxFocalLoss(
                logits: $1, labels: $0.t(Int32.self), alpha: $0.number(), gamma: $0.number(),
                classWeights: $0.maybe($0.t(s)), ignoring: $0.maybe($0.int()), weights: $3,
                reduction: $4)
        },
    ]
}

/// Metrics, and what trains by itself or in two precisions.
let measureCalls: [Call] = {
    @Sendable func count(_ c: Chain, _ metric: some PredictionMetric) {
        c.keep(metric.update(c.any(), c.any(), weights: c.draws.once(in: 3) ? c.any() : nil))
        c.keep(metric.result)
        if c.yes() { c.keep(metric.reset) }
    }
    @Sendable func average(_ c: Chain) -> ClassAverage { c.choice(ClassAverage.allCases) }
    return [
        Call("Average, update") { c in
            let mean = Average(c.name())
            c.keep(mean.update(c.any(), weights: c.yes() ? c.any() : nil))
            c.keep(mean.result)
        },
        Call("AverageScore") { c in
            let isAbsolute = c.yes()
            count(
                c,
                AverageScore(c.name()) {
                    isAbsolute ? abs($0 - $1) : cosineSimilarity($0, $1)
                })
        },
        Call("MeanSquaredError") { c in
            count(c, MeanSquaredError())
            count(c, RootMeanSquaredError())
            count(c, MeanAbsoluteError())
        },
        Call("RSquared") { c in count(c, RSquared(outputs: c.int())) },
        Call("Perplexity") { c in count(c, Perplexity(ignoring: c.maybe(c.int()))) },
        Call("Accuracy") { c in
            count(c, Accuracy(top: c.int(), ignoring: c.maybe(c.int()), name: c.name()))
            count(c, BinaryAccuracy(threshold: c.number()))
        },
        Call("ConfusionMatrix") { c in count(c, ConfusionMatrix(classes: c.int())) },
        Call("Precision") { c in
            count(
                c,
                c.yes()
                    ? Precision(threshold: c.number())
                    : Precision(classes: c.int(), average: average(c)))
        },
        Call("Recall") { c in
            count(
                c,
                c.yes()
                    ? Recall(threshold: c.number()) : Recall(classes: c.int(), average: average(c)))
        },
        Call("FScore") { c in
            count(
                c,
                c.yes()
                    ? FScore(beta: c.number(), threshold: c.number())
                    : FScore(beta: c.number(), classes: c.int(), average: average(c)))
        },
        Call("IntersectionOverUnion") { c in
            count(c, IntersectionOverUnion(classes: c.int(), ofEach: c.yes()))
        },
        Call("AreaUnderCurve") { c in
            count(
                c,
                AreaUnderCurve(
                    c.choice(AreaUnderCurve.Curve.allCases),
                    thresholds: c.draws.once(in: 2) ? c.int() : 9))
        },
        Call("LossScaling") { c in
            let v = c.variable(Float.self)
            let optimizer = LossScaling(
                c.optimizer(),
                c.yes()
                    ? .fixed(c.number())
                    : .dynamic(
                        initial: c.number(), growth: c.number(), backoff: c.number(),
                        interval: c.int()))
            c.keep(try optimizer.minimize((v.value * c.t(Float.self)).sum()))
            c.keep(optimizer.skippedSteps)
        },
        Call("mixedPrecision") { c in
            c.keep(
                mixedPrecision(c.any(), in: c.choice([.bfloat16, .float16, .float32])) {
                    $0.count % 2 == 0
                })
        },
        Call("LBFGS, step") { c in
            let v = c.variable(Float.self)
            let method = try LBFGS(
                of: (v.value * v.value * c.t(Float.self)).sum(), learningRate: c.number(),
                history: c.yes() ? c.int() : 3, iterations: c.yes() ? 4 : c.int(),
                evaluations: c.maybe(c.int()), gradientTolerance: c.number(),
                changeTolerance: c.number(), lineSearch: c.choice(LBFGS.LineSearch.allCases))
            try method.step(in: Session(), control: RunControl(deadline: .now + .seconds(2)))
        },
    ]
}()
