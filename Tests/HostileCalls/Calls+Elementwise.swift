// SPDX-License-Identifier: Apache-2.0
import Weft

/// Functions of elements, of floating-point types.
func floatingElementwise<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    let functions: [(String, @Sendable (Tensor<T>) -> Tensor<T>)] = [
        ("sigmoid", { sigmoid($0) }), ("tanh", { tanh($0) }), ("selu", { selu($0) }),
        ("softplus", { softplus($0) }), ("softsign", { softsign($0) }), ("silu", { silu($0) }),
        ("hardSigmoid", { hardSigmoid($0) }), ("hardSwish", { hardSwish($0) }),
        ("logSigmoid", { logSigmoid($0) }), ("mish", { mish($0) }), ("exp", { exp($0) }),
        ("expMinusOne", { expMinusOne($0) }), ("log", { log($0) }), ("sqrt", { sqrt($0) }),
        ("rsqrt", { rsqrt($0) }), ("cbrt", { cbrt($0) }), ("reciprocal", { reciprocal($0) }),
        ("sin", { sin($0) }), ("cos", { cos($0) }), ("tan", { tan($0) }), ("asin", { asin($0) }),
        ("acos", { acos($0) }), ("atan", { atan($0) }), ("sinh", { sinh($0) }),
        ("cosh", { cosh($0) }), ("asinh", { asinh($0) }), ("acosh", { acosh($0) }),
        ("atanh", { atanh($0) }), ("erf", { erf($0) }), ("erfc", { erfc($0) }),
        ("erfInverse", { erfInverse($0) }), ("lgamma", { lgamma($0) }),
        ("digamma", { digamma($0) }), ("floor", { floor($0) }), ("ceil", { ceil($0) }),
        ("round", { round($0) }), ("roundAwayFromZero", { roundAwayFromZero($0) }),
        ("log", { log(onePlus: $0) }), ("trunc", { trunc($0) }),
    ]
    let pairs: [(String, @Sendable (Tensor<T>, Tensor<T>) -> Tensor<T>)] = [
        ("polygamma", { polygamma($0, $1) }), ("atan2", { atan2($0, $1) }),
        ("divideNoNaN", { divideNoNaN($0, $1) }), ("xlogy", { xlogy($0, $1) }),
        ("xdivy", { xdivy($0, $1) }),
    ]
    return functions.map { name, f in Call(name) { $0.keep(f($0.t(s))) } }
        + pairs.map { name, f in Call(name) { $0.keep(f($0.t(s), $0.t(s))) } } + [
            Call("leakyRelu") { $0.keep(leakyRelu($0.t(s), alpha: $0.number())) },
            Call("elu") { $0.keep(elu($0.t(s), alpha: $0.number())) },
            Call("gelu") { $0.keep(gelu($0.t(s), isApproximate: $0.yes())) },
            Call("isNaN") { $0.keep($0.t(s).isNaN) },
            Call("isFinite") { $0.keep($0.t(s).isFinite) },
            Call("isInfinite") { $0.keep($0.t(s).isInfinite) },
            Call("checkFinite") { $0.keep(checkFinite($0.t(s))) },
            Call("isClose") {
                $0.keep(
                    isClose(
                        $0.t(s), $0.t(s), relativeTolerance: $0.number(),
                        absoluteTolerance: $0.number(), treatingNaNAsEqual: $0.yes()))
            },
        ]
}

/// Functions of elements, of all numbers.
func numericElementwise<T: NumericScalar>(_ s: T.Type) -> [Call] {
    let functions: [(String, @Sendable (Tensor<T>) -> Tensor<T>)] = [
        ("relu", { relu($0) }), ("relu6", { relu6($0) }), ("abs", { abs($0) }),
        ("sign", { sign($0) }), ("square", { square($0) }), ("-", { -$0 }),
    ]
    let pairs: [(String, @Sendable (Tensor<T>, Tensor<T>) -> Tensor<T>)] = [
        ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / $1 }),
        ("%", { $0 % $1 }), ("pow", { pow($0, $1) }), ("maximum", { maximum($0, $1) }),
        ("minimum", { minimum($0, $1) }), ("squaredDifference", { squaredDifference($0, $1) }),
        ("floorDivided", { $0.floorDivided(by: $1) }),
        ("truncatingRemainder", { $0.truncatingRemainder(dividingBy: $1) }),
        (
            "+=",
            { a, b in
                var x = a
                x += b
                return x
            }
        ),
        (
            "-=",
            { a, b in
                var x = a
                x -= b
                return x
            }
        ),
        (
            "*=",
            { a, b in
                var x = a
                x *= b
                return x
            }
        ),
        (
            "/=",
            { a, b in
                var x = a
                x /= b
                return x
            }
        ),
    ]
    let scalars: [(String, @Sendable (Tensor<T>, T) -> Tensor<T>)] = [
        ("+", { $0 + $1 }), ("+", { $1 + $0 }), ("-", { $0 - $1 }), ("-", { $1 - $0 }),
        ("*", { $0 * $1 }), ("*", { $1 * $0 }), ("/", { $0 / $1 }), ("/", { $1 / $0 }),
        ("%", { $0 % $1 }), ("%", { $1 % $0 }),
    ]
    return functions.map { name, f in Call(name) { $0.keep(f($0.t(s))) } }
        + pairs.map { name, f in Call(name) { $0.keep(f($0.t(s), $0.t(s))) } }
        + scalars.map { name, f in
            Call(name) { $0.keep(f($0.t(s), T(converting: $0.number()))) }
        } + [
            Call("clipped") { $0.keep($0.t(s).clipped(from: $0.t(s), to: $0.t(s))) },
            Call("select") { $0.keep(select($0.flag(1), $0.t(s), $0.t(s))) },
            Call("cast") { $0.keep($0.t(s).cast(to: Float.self)) },
            Call("cast") { $0.keep($0.t(s).cast(to: Int8.self)) },
            Call("cast") { $0.keep($0.t(s).cast(to: Bool.self)) },
            Call("cast") { $0.keep($0.t(s).cast(to: BFloat16.self)) },
            Call("cast") { $0.keep($0.t(s).cast(to: UInt64.self)) },
            Call("check") { $0.keep(check($0.t(s), that: $0.flag(), "must hold")) },
            Call("check") {
                $0.keep(
                    check(
                        $0.t(s), that: $0.flag(), "", showing: ["x": $0.any(), "": $0.any()],
                        mostElements: $0.int()))
            },
            Call("stopGradient") { $0.keep(stopGradient($0.t(s))) },
            Call(".==") { $0.keep($0.t(s) .== $0.t(s)) },
            Call(".==") { $0.keep($0.t(s) .== T(converting: $0.number())) },
            Call(".!=") { $0.keep($0.t(s) .!= $0.t(s)) },
            Call(".!=") { $0.keep($0.t(s) .!= T(converting: $0.number())) },
            Call(".<") { $0.keep($0.t(s) .< $0.t(s)) },
            Call(".<") { $0.keep($0.t(s) .< T(converting: $0.number())) },
            Call(".<=") { $0.keep($0.t(s) .<= $0.t(s)) },
            Call(".<=") { $0.keep($0.t(s) .<= T(converting: $0.number())) },
            Call(".>") { $0.keep($0.t(s) .> $0.t(s)) },
            Call(".>") { $0.keep($0.t(s) .> T(converting: $0.number())) },
            Call(".>=") { $0.keep($0.t(s) .>= $0.t(s)) },
            Call(".>=") { $0.keep($0.t(s) .>= T(converting: $0.number())) },
        ]
}

/// Functions of elements, of integers.
func integerElementwise<T: IntegerScalar>(_ s: T.Type) -> [Call] {
    [
        Call("&") { $0.keep($0.t(s) & $0.t(s)) }, Call("|") { $0.keep($0.t(s) | $0.t(s)) },
        Call("^") { $0.keep($0.t(s) ^ $0.t(s)) }, Call("<<") { $0.keep($0.t(s) << $0.t(s)) },
        Call(">>") { $0.keep($0.t(s) >> $0.t(s)) }, Call("~") { $0.keep(~$0.t(s)) },
        Call("populationCount") { $0.keep($0.t(s).populationCount) },
        Call("leadingZeroBitCount") { $0.keep($0.t(s).leadingZeroBitCount) },
    ]
}

/// Functions of truth values.
let logicalCalls: [Call] = {
    let b = Bool.self
    return [
        Call(".&") { $0.keep($0.t(b) .& $0.t(b)) }, Call(".|") { $0.keep($0.t(b) .| $0.t(b)) },
        Call(".^") { $0.keep($0.t(b) .^ $0.t(b)) }, Call(".!") { $0.keep(.!$0.t(b)) },
        Call("logicalAnd") { $0.keep(logicalAnd($0.t(b), $0.t(b))) },
        Call("logicalOr") { $0.keep(logicalOr($0.t(b), $0.t(b))) },
        Call("logicalXor") { $0.keep(logicalXor($0.t(b), $0.t(b))) },
        Call("logicalNot") { $0.keep(logicalNot($0.t(b))) },
        Call("all") { $0.keep($0.t(b).all(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("any") { $0.keep($0.t(b).any(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("countTrue") {
            $0.keep($0.t(b).countTrue(axes: $0.axes(), keepingDimensions: $0.yes()))
        },
        Call("select") { $0.keep(select($0.t(b), $0.t(b), $0.t(b))) },
    ]
}()

/// The same functions, of tensors whose types are known at run time only.
let untypedElementwise: [Call] = [
    Call("relu") { $0.keep(relu($0.any())) }, Call("sigmoid") { $0.keep(sigmoid($0.any())) },
    Call("tanh") { $0.keep(tanh($0.any())) }, Call("exp") { $0.keep(exp($0.any())) },
    Call("log") { $0.keep(log($0.any())) }, Call("sqrt") { $0.keep(sqrt($0.any())) },
    Call("rsqrt") { $0.keep(rsqrt($0.any())) },
    Call("select") { $0.keep(select($0.any(), $0.any(), $0.any())) },
    Call("cast") { $0.keep($0.any().cast(to: $0.choice(DType.allCases))) },
    Call("+") { $0.keep($0.any() + $0.any()) }, Call("-") { $0.keep($0.any() - $0.any()) },
    Call("*") { $0.keep($0.any() * $0.any()) }, Call("/") { $0.keep($0.any() / $0.any()) },
    Call("+") { $0.keep($0.any() + $0.number()) }, Call("-") { $0.keep($0.any() - $0.number()) },
    Call("*") { $0.keep($0.any() * $0.number()) }, Call("/") { $0.keep($0.any() / $0.number()) },
    Call("+") { $0.keep($0.number() + $0.any()) }, Call("-") { $0.keep($0.number() - $0.any()) },
    Call("*") { $0.keep($0.number() * $0.any()) }, Call("/") { $0.keep($0.number() / $0.any()) },
    Call("maximum") { $0.keep(maximum($0.any(), $0.any())) },
    Call("minimum") { $0.keep(minimum($0.any(), $0.any())) },
    Call("stopGradient") { $0.keep(stopGradient($0.any())) },
]
