// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Attention of several heads (Vaswani et al. 2017): queries, keys and values are made of the inputs by dense layers,
/// and what the heads give side by side goes through another one.
///
/// As a layer it is self-attention; ``attended(_:to:mask:mode:)`` takes a mask and other positions to attend to.
/// With fewer heads of keys and values than of queries, neighbouring ones share them (grouped queries; one head alone
/// is multi-query attention).
///
/// Weights of PyTorch's `MultiheadAttention`: the kernels of `query`, `key` and `value` are the three parts of
/// `in_proj_weight`, each transposed, the biases those of `in_proj_bias`, and `output` has `out_proj`, transposed.
/// - Shape: input `[n, positions, inputs]` → `[n, positions, width]`.
public struct MultiHeadAttention<Scalar: FloatingScalar>: Layer {
    /// Makes queries.
    public let query: Dense<Scalar>
    /// Makes keys.
    public let key: Dense<Scalar>
    /// Makes values.
    public let value: Dense<Scalar>
    /// Mixes what the heads give.
    public let output: Dense<Scalar>
    /// How many heads of queries there are.
    public let heads: Int
    /// How many heads of keys and values there are.
    public let keyValueHeads: Int
    /// The size of a head.
    public let headWidth: Int
    /// Whether a position attends to itself and those before it only.
    public let isCausal: Bool
    /// How positions turn queries and keys; nil for not at all.
    public let rotary: RotaryPositions?
    private let dropout: Dropout<Scalar>
    private let scope: String

    /// A layer whose variables are `name/query/kernel`, `name/query/bias`, and likewise those of `key`, `value` and
    /// `output`.
    ///
    /// - Parameters:
    ///   - width: The size of the output's last axis.
    ///   - heads: How many heads there are.
    ///   - headWidth: The size of a head; nil for width / heads.
    ///   - keyValueHeads: How many heads of keys and values there are, which divide `heads`; nil for as many.
    ///   - isCausal: Whether a position attends to itself and those before it only.
    ///   - rotary: How positions turn queries and keys.
    ///   - dropout: Which share of the weights is dropped while training.
    ///   - inputs: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, width: Int, heads: Int, headWidth: Int? = nil, keyValueHeads: Int? = nil,
        isCausal: Bool = false, rotary: RotaryPositions? = nil, dropout: Double = 0,
        usesBias: Bool = true, inputs: Int? = nil
    ) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        let size = headWidth ?? (heads > 0 && width % heads == 0 ? width / heads : 0)
        self.headWidth = size
        self.isCausal = isCausal
        self.rotary = rotary
        scope = NameScope.qualified(name)
        let all = CheckedSize(heads) * CheckedSize(size)
        let shared = CheckedSize(keyValueHeads ?? heads) * CheckedSize(size)
        (query, key, value, output, self.dropout) = withNameScope(name) {
            func dense(_ name: String, _ units: Int, _ inputs: Int?) -> Dense<Scalar> {
                Dense(name, inputs: inputs, units: units, usesBias: usesBias)
            }
            return (
                dense("query", all.value ?? 0, inputs), dense("key", shared.value ?? 0, inputs),
                dense("value", shared.value ?? 0, inputs),
                dense("output", width, all.value ?? 0),
                Dropout("dropout", rate: dropout)
            )
        }
    }

    /// Self-attention.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        attended(x, mode: mode)
    }

    /// What the positions of `x` take from others.
    ///
    /// - Parameters:
    ///   - x: The positions that attend, `[n, queries, inputs]`.
    ///   - context: Those that are attended to, `[n, keys, inputs]`; nil for `x` itself.
    ///   - mask: Which may attend to which.
    /// - Shape: `[n, queries, width]`.
    public func attended(
        _ x: Tensor<Scalar>, to context: Tensor<Scalar>? = nil,
        mask: AttentionMask<Scalar> = .none, mode: Mode
    ) -> Tensor<Scalar> {
        inScope([x.anyTensor] + (context.map { [$0.anyTensor] } ?? []) + mask.tensors) {
            let source = context ?? x
            let q = headed(query(x).anyTensor, heads)
            let k = headed(key(source).anyTensor, keyValueHeads)
            let v = headed(value(source).anyTensor, keyValueHeads)
            let rule = rule(mask, offset: nil, mode)
            return joined(rule.attended(turned(q, nil), turned(k, nil), v))
        }
    }

    /// Keys and values of no positions, for ``attended(_:cache:mode:)``.
    ///
    /// - Parameters:
    ///   - count: The size of the batch.
    ///   - capacity: How many positions there may be.
    public func emptyCache(count: Int, capacity: Int) -> AttentionCache<Scalar> {
        let none = Tensor<Scalar>.zeros(shape: [count, keyValueHeads, capacity, headWidth])
        return AttentionCache(keys: none, values: none, count: 0)
    }

    /// What new positions take from themselves and from those before them, whose keys and values are kept: a step of
    /// decoding, of one position or of several.
    ///
    /// A position attends to itself and those before it, whatever `isCausal` is.
    /// - Parameters:
    ///   - x: The new positions, `[n, positions, inputs]`.
    ///   - cache: The keys and values before. Where there is no room left the run fails.
    /// - Returns: The output `[n, positions, width]`, and the keys and values with the new ones.
    public func attended(
        _ x: Tensor<Scalar>, cache: AttentionCache<Scalar>, mode: Mode
    ) -> (output: Tensor<Scalar>, cache: AttentionCache<Scalar>) {
        var next = cache
        let output = inScope([x, cache.keys, cache.values].map(\.anyTensor)) {
            let positions = x.size(ofAxis: 1).cast(to: Int32.self)
            let capacity = cache.keys.size(ofAxis: 2).cast(to: Int32.self)
            let first = check(
                cache.count, that: cache.count + positions .<= capacity,
                "the cache of the attention has no room for more positions")
            let q = turned(headed(query(x).anyTensor, heads), first.anyTensor)
            let k = turned(headed(key(x).anyTensor, keyValueHeads), first.anyTensor)
            let v = headed(value(x).anyTensor, keyValueHeads)
            let zero = Tensor<Int32>(0)
            let place = stacked([zero, zero, first, zero])
            next.keys = cache.keys.replacing(startingAt: place, with: Tensor(k))
            next.values = cache.values.replacing(startingAt: place, with: Tensor(v))
            next.count = first + positions
            var rule = rule(.none, offset: first.anyTensor, mode)
            rule.isCausal = true
            return joined(
                rule.attended(q, next.keys.anyTensor, next.values.anyTensor))
        }
        return (output, next)
    }

    // MARK: Parts

    private func inScope(
        _ inputs: [AnyTensor], _ body: () throws -> AnyTensor
    ) -> Tensor<Scalar> {
        if let error = inputs.first(where: { $0.error != nil }) { return Tensor(error) }
        return NameScope.$path.withValue(scope) {
            do {
                guard heads > 0, keyValueHeads > 0, headWidth > 0, heads % keyValueHeads == 0 else {
                    throw RuleViolation(
                        "the heads must divide the width, and those of keys and values those of queries: "
                            + "\(heads) and \(keyValueHeads) heads of \(headWidth)")
                }
                return Tensor(try body())
            } catch {
                return Tensor(
                    .invalid("multiHeadAttention", nil, GraphError.Kind(error)))
            }
        }
    }

    private func rule(
        _ mask: AttentionMask<Scalar>, offset: AnyTensor?, _ mode: Mode
    ) -> AttentionRule {
        var rule = AttentionRule(mask: mask.tensors, isCausal: isCausal, offset: offset)
        if dropout.rate != 0 {
            let dropout = AnyTensorDropout(rate: dropout.rate, stream: dropout.stream, mode: mode)
            rule.changing = { dropout($0) }
        }
        return rule
    }

    private func turned(_ x: AnyTensor, _ first: AnyTensor?) -> AnyTensor {
        rotary.map { $0.rotated(x, first: first) } ?? x
    }

    /// `[n, positions, heads · width]` → `[n, heads, positions, width]`.
    private func headed(_ x: AnyTensor, _ heads: Int) -> AnyTensor {
        .composed("multiHeadAttention", [x]) {
            guard x.rank == 3 else {
                throw RuleViolation(
                    .wrongRank("the input, [n, positions, inputs],", x.type, wanted: 3...3))
            }
            return x.regrouped([
                .product(0..<1), .product(1..<2), .size(heads), .size(headWidth),
            ]).swappingAxes(1, 2)
        }
    }

    /// `[n, heads, positions, width]` → `[n, positions, outputs]`.
    private func joined(_ x: AnyTensor) -> AnyTensor {
        if x.error != nil { return x }
        let flat = x.swappingAxes(1, 2).regrouped([
            .product(0..<1), .product(1..<2), .product(2..<4),
        ])
        return output(Tensor(flat)).anyTensor
    }
}

/// The keys and values of the positions so far, for decoding step by step.
///
/// It is a value of the graph: a loop carries its three tensors, or they are fetched and fed again.
public struct AttentionCache<Scalar: FloatingScalar>: Sendable {
    /// The keys, `[n, key heads, capacity, head width]`.
    public var keys: Tensor<Scalar>
    /// The values, of the same shape.
    public var values: Tensor<Scalar>
    /// How many positions there are, a scalar.
    public var count: Tensor<Int32>

    /// A cache from its parts.
    public init(keys: Tensor<Scalar>, values: Tensor<Scalar>, count: Tensor<Int32>) {
        self.keys = keys
        self.values = values
        self.count = count
    }
}

/// A dropout of what is of another type than the layer that it belongs to.
struct AnyTensorDropout {
    let rate: Double
    let stream: String
    let mode: Mode

    func callAsFunction(_ x: AnyTensor) -> AnyTensor {
        if case .inference = mode { return x }
        let dropped = NameScope.$path.withValue(stream) {
            dropout(x, rate: rate, fullStream: stream)
        }
        return mode.select(training: dropped, inference: x)
    }
}
