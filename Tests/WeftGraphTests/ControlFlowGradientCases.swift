// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    private static func isPositive(_ x: AnyTensor) -> Tensor<Bool> {
        Tensor(.compare(.greater, x.sum(), .scalar(0, .float64)))
    }

    private static func isBelow(_ i: AnyTensor, _ n: Int) -> Tensor<Bool> {
        Tensor(.compare(.less, i, count(n)))
    }

    private static func count(_ n: Int) -> AnyTensor { .scalar(Double(n), .int64) }

    /// `body` a number of times, in a loop whose number of iterations the graph does not show.
    private static func times(
        _ n: Int, _ initial: [AnyTensor], _ body: ([AnyTensor]) throws -> [AnyTensor]
    ) rethrows -> [AnyTensor] {
        let results = try whileLoop(
            [count(0)] + initial, condition: { isBelow($0[0], n) },
            body: { [$0[0] + count(1)] + (try body(Array($0.dropFirst()))) })
        return Array(results.dropFirst())
    }

    private static func sin(_ x: AnyTensor) -> AnyTensor { .unary(.sin, x) }
    private static func exp(_ x: AnyTensor) -> AnyTensor { .unary(.exp, x) }

    static let controlFlow: [GradientCase] = branches + scans + loops + nested + remade + calls

    static let branches: [GradientCase] = [
        GradientCase("cond taken", [[3], [3]], in: 0.5...2) { v in
            cond(isPositive(v[0]), then: { [v[0] * v[0] * v[1]] }, else: { [sin(v[1])] })[0]
        },
        GradientCase("cond not taken", [[3], [3]], in: 0.5...2) { v in
            cond(isPositive(-v[0]), then: { [v[0] * v[0] * v[1]] }, else: { [sin(v[1])] })[0]
        },
        GradientCase("cond on tensors built outside", [[3], [3]], in: 0.5...2) { v in
            let product = v[0] * v[1]
            let sine = sin(product)
            let both = exp(-product)
            let y = cond(isPositive(v[0]), then: { [sine * both] }, else: { [both] })[0]
            return y + product
        },
        GradientCase("cond with two results", [[2], [2]], in: 0.5...2) { v in
            let y = cond(
                isPositive(v[0]), then: { [v[0] * v[1], sin(v[0])] }, else: { [v[1], v[1]] })
            return y[0] * y[1] * y[1]
        },
        GradientCase("cond in cond", [[2], [2]], in: 0.5...2) { v in
            cond(
                isPositive(v[0]),
                then: {
                    let inner = cond(
                        isPositive(-v[1]), then: { [v[0]] }, else: { [v[0] * v[0] * v[1]] })
                    return [inner[0] * v[1]]
                }, else: { [v[1]] })[0]
        },
        GradientCase("chain of conds", [[2]], in: 0.5...1) { v in
            var y = v[0]
            for _ in 0..<6 {
                y = cond(isPositive(y), then: { [sin(y)] }, else: { [y] })[0]
            }
            return y
        },
    ]

    static let scans: [GradientCase] = {
        func recurrent(_ isReversed: Bool) -> @Sendable ([AnyTensor]) throws -> AnyTensor {
            { v in
                let (carries, outputs) = scan(
                    over: [v[0]], initial: [v[1]], isReversed: isReversed
                ) { carries, slices in
                    let next = sin(carries[0] * v[2] + slices[0])
                    return ([next], [next * slices[0]])
                }
                return carries[0].sum() + (outputs[0] * outputs[0]).sum()
            }
        }
        return [
            GradientCase("scan", [[4, 2], [2], [2]], recurrent(false)),
            GradientCase("scan reversed", [[4, 2], [2], [2]], recurrent(true)),
            GradientCase("scan without carries", [[3, 2], [2]]) { v in
                scan(over: [v[0]]) { _, slices in ([], [sin(slices[0]) * v[1]]) }.outputs[0]
            },
            GradientCase("scan that only carries", [[3, 2], [2]]) { v in
                scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                    ([carries[0] * slices[0]], [])
                }.carries[0]
            },
            GradientCase("scan linear in what it carries", [[3], []]) { v in
                scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                    ([carries[0] * 0.5], [carries[0]])
                }.outputs[0] * v[0]
            },
            GradientCase("scan that uses its carry unchanged", [[3], []]) { v in
                scan(over: [v[0]], initial: [v[1] * v[1]]) { carries, slices in
                    ([carries[0]], [sin(carries[0] * slices[0])])
                }.outputs[0]
            },
            GradientCase("scan over two sequences, one result unused", [[3, 2], [3], [2]]) { v in
                let (carries, outputs) = scan(over: [v[0], v[1]], initial: [v[2], v[2] * 2]) {
                    carries, slices in
                    (
                        [carries[1] * slices[1], carries[0] + slices[0]],
                        [slices[0], carries[0] * v[2]]
                    )
                }
                return outputs[1].sum() * carries[0]
            },
            GradientCase("cumulative product in a scan", [[2, 3]]) { v in
                let products = CumulativeAttributes(
                    kind: .product, axis: 0, isExclusive: false, isReversed: false)
                return scan(over: [v[0]]) { _, slices in
                    ([], [AnyTensor.make(.cumulative(products), [slices[0]])])
                }.outputs[0]
            },
        ]
    }()

    static let loops: [GradientCase] = [
        GradientCase("while, a power", [[2]], in: 0.5...1.5) { v in
            times(4, [.filled(1, like: v[0])]) { [$0[0] * v[0]] }[0]
        },
        GradientCase("while, s = s · s · x", [[]], in: 0.9...1.1) { v in
            times(3, [v[0]]) { [$0[0] * $0[0] * v[0]] }[0]
        },
        GradientCase("while with variables that exchange", [[2], [2]], in: 0.5...1.5) { v in
            let r = times(3, [v[0], v[1]]) { [$0[1] * 1.5, sin($0[0]) * $0[1]] }
            return r[0] * r[1]
        },
        GradientCase("while without iterations", [[2], [2]]) { v in
            let r = times(0, [v[0] * v[0]]) { [$0[0] * v[1]] }
            return r[0] * v[0]
        },
        GradientCase("while with a constant variable", [[2], []], in: 0.5...1.5) { v in
            times(3, [v[0], sin(v[1])]) { [$0[0] * $0[1], $0[1]] }[0]
        },
        GradientCase("while whose length depends on x", [[]], in: 1.1...1.2) { v in
            whileLoop(
                [v[0]], condition: { Tensor(.compare(.less, $0[0], .scalar(100, .float64))) },
                body: { [$0[0] * $0[0] * v[0]] })[0]
        },
        GradientCase("while with a limit", [[]], in: 0.9...1.1) { v in
            whileLoop(
                [v[0]], maximumIterations: 3,
                condition: { _ in Tensor<Bool>(.constant(true)) },
                body: { [$0[0] * $0[0] * v[0]] })[0]
        },
    ]

    static let nested: [GradientCase] = [
        GradientCase("cond in scan", [[4], [], []]) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                let next = cond(
                    isPositive(slices[0]), then: { [sin(carries[0]) * slices[0]] },
                    else: { [carries[0] * v[2] * v[2]] })
                return ([next[0]], [next[0] * carries[0]])
            }.outputs[0]
        },
        GradientCase("scan in cond", [[4], []], in: 0.5...1.5) { v in
            cond(
                isPositive(v[0]),
                then: {
                    [
                        scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                            ([sin(carries[0] * slices[0])], [carries[0] * v[1]])
                        }.outputs[0]
                    ]
                }, else: { [v[0] * 3] })[0]
        },
        GradientCase("scan in scan", [[2, 3], []]) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                let inner = scan(over: [slices[0]], initial: [carries[0]]) { c, s in
                    ([sin(c[0]) * s[0]], [c[0] * v[1] + s[0]])
                }
                return ([inner.carries[0]], [inner.outputs[0] * carries[0]])
            }.outputs[0]
        },
        GradientCase("while in scan", [[3], []], in: 0.5...1.2) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                let inner = times(2, [carries[0]]) { [$0[0] * $0[0] * slices[0]] }
                return ([sin(inner[0])], [inner[0] * v[1]])
            }.outputs[0]
        },
        GradientCase("scan in while", [[3], []], in: 0.5...1.2) { v in
            times(2, [v[1]]) { variables in
                let inner = scan(over: [v[0]], initial: [variables[0]]) { c, s in
                    ([sin(c[0]) * s[0]], [c[0] * s[0]])
                }
                return [inner.carries[0] + inner.outputs[0].sum()]
            }[0]
        },
        GradientCase("while in while", [[], []], in: 0.5...1.2) { v in
            times(2, [v[0]]) { variables in
                let inner = times(2, [variables[0]]) { [sin($0[0] * variables[0]) * v[1]] }
                return [inner[0] + variables[0]]
            }[0]
        },
        GradientCase("cond in while", [[], []], in: 0.5...1.2) { v in
            times(4, [v[0]]) { variables in
                cond(
                    Tensor(.compare(.less, variables[0], .scalar(0.8, .float64))),
                    then: { [variables[0] * 2.2 * v[1]] }, else: { [sin(variables[0])] })
            }[0]
        },
        GradientCase("while in cond", [[], []], in: 0.5...1.2) { v in
            cond(
                isPositive(v[0]), then: { times(3, [v[0]]) { [sin($0[0]) * v[1]] } },
                else: { [v[1]] })[0]
        },
        GradientCase("three deep", [[2, 2], []], in: 0.5...1.2) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                let next = cond(
                    isPositive(carries[0]),
                    then: {
                        times(2, [carries[0]]) { variables in
                            [
                                scan(over: [slices[0]], initial: [variables[0]]) { c, s in
                                    ([sin(c[0] * s[0]) * v[1]], [])
                                }.carries[0]
                            ]
                        }
                    }, else: { [carries[0] * v[1]] })
                return ([next[0] + carries[0]], [next[0]])
            }.outputs[0]
        },
    ]

    static let remade: [GradientCase] = [
        GradientCase("rematerialized", [[3], [3]]) { v in
            rematerialized([v[0]]) { [sin($0[0] * $0[0]) * v[1]] }[0]
        },
        GradientCase("rematerialized layers", [[3], [3]]) { v in
            var y = v[0]
            for _ in 0..<3 { y = rematerialized([y]) { [sin($0[0]) * v[1]] }[0] }
            return y
        },
        GradientCase("rematerialized twice", [[2]]) { v in
            rematerialized([v[0]]) { outer in
                rematerialized(outer) { [sin($0[0]) * $0[0]] }
            }[0]
        },
        GradientCase("rematerialized in scan", [[3], []]) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                rematerialized(carries + slices) { [sin($0[0]) * $0[1] * v[1]] }
                    .reduce(into: (carries: [AnyTensor](), outputs: [AnyTensor]())) {
                        $0 = ([$1], [$1 * slices[0]])
                    }
            }.outputs[0]
        },
    ]

    private static let product = Function("product") { [sin($0[0] * $0[1]), exp($0[1])] }

    static let calls: [GradientCase] = [
        GradientCase("call", [[3], [3]]) { v in
            call("body", [v[0]]) { [sin($0[0] * $0[0]) * v[1]] }[0]
        },
        GradientCase("call with two results", [[3], []]) { v in
            let results = product(v)
            return results[0] * results[1]
        },
        GradientCase("call of a call", [[2], [2]]) { v in
            let inner = product(v)
            return call("outer", inner) { p in [product([p[1], p[0]])[0] * v[0]] }[0]
        },
        GradientCase("call of what another branch of the body uses", [[2]]) { v in
            call("body", v) { p in
                let y = sin(p[0])
                return [y * exp(y), y]
            }.reduce(v[0]) { $0 * $1 }
        },
        GradientCase("call in cond", [[2], [2]], in: 0.5...2) { v in
            cond(isPositive(v[0]), then: { [product(v)[0] * v[1]] }, else: { [v[1]] })[0]
        },
        GradientCase("cond in call", [[2], [2]], in: 0.5...2) { v in
            call("body", v) { p in
                cond(isPositive(p[0]), then: { [p[0] * p[1]] }, else: { [sin(p[1])] })
            }[0]
        },
        GradientCase("call in scan", [[3], []]) { v in
            scan(over: [v[0]], initial: [v[1]]) { carries, slices in
                let next = product([carries[0], slices[0]])
                return ([next[0]], [next[1]])
            }.outputs[0]
        },
        GradientCase("scan in call", [[3], []]) { v in
            call("body", v) { p in
                let (carries, outputs) = scan(over: [p[0]], initial: [p[1]]) { c, s in
                    ([sin(c[0] * s[0])], [exp(c[0])])
                }
                return [outputs[0] * carries[0]]
            }[0]
        },
        GradientCase("call in whileLoop", [[2], [2]], in: 0.5...1) { v in
            times(3, [v[0]]) { [product([$0[0], v[1]])[0]] }[0]
        },
        GradientCase("whileLoop in call", [[2]], in: 0.5...1) { v in
            call("body", v) { p in times(3, p) { [sin($0[0]) * p[0]] } }[0]
        },
    ]
}
