// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    private static func made(_ op: Primitive) -> @Sendable ([AnyTensor]) -> AnyTensor {
        { AnyTensor.make(op, $0) }
    }

    /// Squared, so that second derivatives of linear operations are not zero.
    private static func squared(_ op: Primitive) -> @Sendable ([AnyTensor]) -> AnyTensor {
        { inputs in AnyTensor.make(op, inputs.map { $0 * $0 }) }
    }

    private static func squared(
        unsettled op: Unsettled
    ) -> @Sendable ([AnyTensor]) -> AnyTensor {
        { inputs in AnyTensor.make(op, inputs.map { $0 * $0 }) }
    }

    static let structured: [GradientCase] =
        reductions + products + windows + movement + sizes + indexing + marks + host
        + images + matrices + complexNumbers + models

    static let reductions: [GradientCase] = {
        var cases: [GradientCase] = []
        for kind in [ReductionKind.sum, .product, .maximum, .minimum] {
            for axes in [[0], [1], [0, 2], [0, 1, 2], []] {
                cases.append(
                    GradientCase(
                        "\(kind.rawValue) \(axes)", [[2, 3, 2]], squared(.reduce(kind, axes: axes)))
                )
            }
        }
        for kind in [ReductionKind.sum, .product, .maximum, .minimum] {
            for (isExclusive, isReversed) in [
                (false, false), (true, false), (false, true), (true, true),
            ] {
                let attributes = CumulativeAttributes(
                    kind: kind, axis: 1, isExclusive: isExclusive, isReversed: isReversed)
                cases.append(
                    GradientCase(
                        "cumulative \(kind.rawValue) exclusive \(isExclusive) reversed \(isReversed)",
                        [[2, 4]]
                    ) { inputs in
                        let y = AnyTensor.make(.cumulative(attributes), [inputs[0] * inputs[0]])
                        // An exclusive extreme starts with an infinity.
                        return select(y.isFinite, y, .scalar(0, .float64))
                    })
            }
        }
        return cases
    }()

    static let products: [GradientCase] = {
        func dot(_ lc: [Int], _ rc: [Int], _ lb: [Int] = [], _ rb: [Int] = []) -> Primitive {
            .dot(DotDimensions(lhsContracting: lc, rhsContracting: rc, lhsBatch: lb, rhsBatch: rb))
        }
        var cases = [
            GradientCase("matmul", [[2, 3], [3, 4]], made(dot([1], [0]))),
            GradientCase("matmul transposed", [[3, 2], [4, 3]], made(dot([0], [1]))),
            GradientCase("vectors", [[3], [3]], made(dot([0], [0]))),
            GradientCase("outer", [[2], [3]], made(dot([], []))),
            GradientCase(
                "two contracted, crossed", [[2, 3, 4], [4, 2, 2]], made(dot([0, 2], [2, 0]))),
            GradientCase("two contracted", [[2, 3, 4], [4, 5, 2]], made(dot([2, 0], [0, 2]))),
            GradientCase("batch", [[2, 3, 4], [4, 5, 2]], made(dot([2], [0], [0], [2]))),
            GradientCase(
                "batch in the middle", [[3, 2, 4, 2], [2, 4, 2, 3]],
                made(dot([2], [1], [3, 0], [0, 3]))),
        ]
        typealias AxisPadding = ConvolutionAttributes.AxisPadding
        func convolution(
            _ name: String, _ x: [Int], _ filter: [Int], strides: [Int], padding: [AxisPadding],
            inputDilation: [Int]? = nil, filterDilation: [Int]? = nil, groups: Int = 1
        ) {
            let attributes = ConvolutionAttributes(
                strides: strides, padding: padding,
                inputDilation: inputDilation ?? strides.map { _ in 1 },
                filterDilation: filterDilation ?? strides.map { _ in 1 }, groups: groups)
            cases.append(GradientCase(name, [x, filter], made(.convolution(attributes))))
        }
        convolution(
            "convolution", [2, 4, 5, 2], [2, 3, 2, 3], strides: [1, 1],
            padding: [.init(0, 0), .init(0, 0)])
        convolution(
            "convolution same", [1, 5, 4, 2], [3, 2, 2, 2], strides: [2, 2],
            padding: [.same, .same])
        convolution(
            "convolution dilated", [1, 7, 2], [2, 2, 2], strides: [2], padding: [.init(1, 2)],
            filterDilation: [2])
        convolution(
            "convolution transposed", [1, 3, 2], [2, 2, 2], strides: [1], padding: [.init(1, 1)],
            inputDilation: [2])
        convolution(
            "convolution in groups", [1, 4, 4], [2, 2, 6], strides: [1], padding: [.init(0, 1)],
            groups: 2)
        convolution(
            "convolution of volumes", [1, 3, 2, 4, 2], [2, 2, 2, 2, 2], strides: [1, 1, 2],
            padding: [.init(0, 0), .init(1, 0), .same])
        convolution(
            "convolution of images in groups", [1, 3, 4, 4], [2, 2, 2, 6], strides: [1, 2],
            padding: [.init(0, 1), .init(1, 0)], groups: 2)
        convolution(
            "convolution of images dilated", [1, 5, 6, 2], [2, 2, 2, 2], strides: [2, 1],
            padding: [.init(1, 1), .init(0, 2)], filterDilation: [2, 3])
        convolution(
            "convolution of images transposed", [1, 3, 2, 2], [2, 3, 2, 2], strides: [1, 2],
            padding: [.init(1, 1), .init(2, 1)], inputDilation: [2, 3])
        cases.append(
            GradientCase("convolution gradients", [[1, 4, 2], [2, 2, 3], [1, 3, 3]]) { inputs in
                let attributes = ConvolutionAttributes(
                    strides: [1], padding: [.init(0, 0)], inputDilation: [1], filterDilation: [1],
                    groups: 1)
                let (x, filter, dy) = (inputs[0], inputs[1], inputs[2])
                let dx = AnyTensor.make(.convolutionInputGradientLike(attributes), [dy, filter, x])
                let df = AnyTensor.make(
                    .convolutionFilterGradientLike(attributes), [x, dy, filter])
                return (dx * dx).sum() + (df * df * df).sum()
            })
        return cases
    }()

    static let windows: [GradientCase] =
        WindowKind.allCases.flatMap { kind in
            let valid = WindowAttributes(
                sizes: [1, 2, 2, 1], strides: [1, 2, 1, 1],
                padding: Array(repeating: .init(0, 0), count: 4),
                dilations: [1, 1, 1, 1])
            let same = WindowAttributes(
                sizes: [1, 3], strides: [1, 2], padding: [.same, .same], dilations: [1, 1])
            let dilated = WindowAttributes(
                sizes: [2, 2], strides: [1, 1], padding: [.init(0, 0), .init(1, 0)],
                dilations: [1, 2])
            return [
                GradientCase(
                    "\(kind.rawValue) window", [[1, 4, 3, 2]], squared(.window(kind, valid))),
                GradientCase(
                    "\(kind.rawValue) window same", [[2, 5]], squared(.window(kind, same))),
                GradientCase(
                    "\(kind.rawValue) window dilated", [[3, 5]], squared(.window(kind, dilated))),
            ]
        } + [
            GradientCase("maxPoolPick", [[2, 5], [2, 5]]) {
                .make(
                    .maxPoolPick(
                        WindowAttributes(
                            sizes: [1, 3], strides: [1, 2], padding: [.same, .same],
                            dilations: [1, 1])), [$0[0], $0[1] * $0[1]])
            }
        ]

    static let movement: [GradientCase] = {
        let like = AnyTensor.constant(.zeros(.float64, [2, 3]))
        let starts = AnyTensor.constant(NDArray([Int32(1), 2]))
        let slice = SliceAttributes(starts: [0, 1], limits: [2, Int.max], strides: [1, 2])
        return [
            GradientCase("reshape", [[2, 3]], squared(.reshape([3, 2]))),
            GradientCase("reshape with a rest", [[2, 3, 2]], squared(.reshape([-1, 4]))),
            GradientCase("reshapeLike", [[6]]) { .make(.reshapeLike, [$0[0] * $0[0], like]) },
            GradientCase("expand", [[2, 3]], squared(unsettled: .expand(axes: [0, 2]))),
            GradientCase(
                "regroup", [[2, 3, 1, 4]],
                squared(unsettled: .regroup([.product(0..<2), .size(1), .product(3..<4)]))),
            GradientCase("broadcast", [[3]], squared(.broadcast(shape: [2, 3], axes: [1]))),
            GradientCase("broadcast first", [[2]], squared(.broadcast(shape: [2, 3], axes: [0]))),
            GradientCase(
                "broadcast ones", [[2, 1]], squared(.broadcast(shape: [4, 2, 3], axes: [1, 2]))),
            GradientCase(
                "broadcast crossed", [[3, 1]], squared(.broadcast(shape: [2, 5, 3], axes: [2, 0]))),
            GradientCase("broadcastLike", [[3], [2, 3]]) {
                AnyTensor.make(.broadcastLike(axes: [1]), [$0[0] * $0[0], $0[1]]) * $0[1]
            },
            GradientCase("unbroadcastLike", [[2, 3], [3]]) {
                AnyTensor.make(.unbroadcastLike, [$0[0] * $0[0], $0[1]]) * $0[1]
            },
            GradientCase("transpose", [[2, 3, 4]], squared(.transpose([2, 0, 1]))),
            GradientCase("slice", [[3, 6]], squared(.slice(slice))),
            GradientCase("sliceGradient", [[2, 3], [3, 6]]) {
                AnyTensor.make(.sliceGradient(slice), [$0[0] * $0[0], $0[1]]) * $0[1]
            },
            GradientCase("dynamicSlice", [[3, 4]]) {
                .make(.dynamicSlice(sizes: [2, 2]), [$0[0] * $0[0], starts])
            },
            GradientCase("dynamicUpdateSlice", [[3, 4], [2, 2]], unknownShapes: false) {
                .make(.dynamicUpdateSlice, [$0[0] * $0[0], $0[1] * $0[1] * $0[0].sum(), starts])
            },
            GradientCase("pad", [[2, 3], []]) {
                AnyTensor.make(
                    .pad(PadAttributes(low: [1, 0], high: [0, 2], interior: [0, 1])),
                    [$0[0] * $0[0], $0[1] * $0[1] * $0[1]])
            },
            GradientCase("pad negative", [[4, 3], []]) {
                AnyTensor.make(
                    .pad(PadAttributes(low: [-1, 2], high: [-1, -3], interior: [2, 1])),
                    [$0[0] * $0[0], $0[1] * $0[1]])
            },
            GradientCase(
                "concatenate", [[2, 1], [2, 3], [2, 2]], squared(.concatenate(axis: 1))),
            GradientCase("concatenateSlice", [[2, 4], [2, 1], [2, 3]]) {
                let slice = AnyTensor.make(
                    .concatenateSlice(axis: 1, index: 1), [$0[0] * $0[0], $0[1], $0[2]])
                return slice * $0[2]
            },
            GradientCase("reverse", [[2, 3]], squared(.reverse(axes: [1]))),
            GradientCase("select", [[2, 3], [3]]) {
                select(
                    $0[0] .> 0, $0[0] * $0[0],
                    $0[1] * $0[1] * $0[1])
            },
        ]
    }()

    static let indexing: [GradientCase] = {
        let rows = AnyTensor.constant(NDArray([Int32(1), 1, 3]))
        let distinct = AnyTensor.constant(NDArray([Int32(3), 0]))
        let outside = AnyTensor.constant(NDArray([Int64(1), 9, -4]))
        @Sendable func take(_ mode: IndexMode) -> GatherAttributes {
            GatherAttributes(
                offsetAxes: [1], collapsedAxes: [0], startIndexMap: [0], indexVectorAxis: 1,
                sliceSizes: [1, -1], mode: mode)
        }
        @Sendable func put(_ mode: IndexMode) -> ScatterAttributes {
            ScatterAttributes(
                updateWindowAxes: [1], insertedWindowAxes: [0], scatterAxesToOperandAxes: [0],
                indexVectorAxis: 1, mode: mode)
        }
        let windows = GatherAttributes(
            offsetAxes: [1, 2], collapsedAxes: [], startIndexMap: [1], indexVectorAxis: 1,
            sliceSizes: [2, 2], mode: .clamped)
        var cases = [
            GradientCase("gather", [[4, 2]]) {
                .make(.gather(take(.checked)), [$0[0] * $0[0], rows])
            },
            GradientCase("gather clamped", [[4, 2]]) {
                .make(.gather(take(.clamped)), [$0[0] * $0[0], outside])
            },
            GradientCase("gather ignoring", [[4, 2]]) {
                .make(.gather(take(.ignored)), [$0[0] * $0[0], outside])
            },
            GradientCase("gather windows", [[2, 5]]) {
                .make(.gather(windows), [$0[0] * $0[0], rows])
            },
            GradientCase("scatter add, repeated", [[4, 2], [3, 2]]) {
                .make(.scatter(.add, put(.checked)), [$0[0] * $0[0], rows, $0[1] * $0[1]])
            },
            GradientCase("scatter add ignoring", [[4, 2], [3, 2]]) {
                .make(.scatter(.add, put(.ignored)), [$0[0] * $0[0], outside, $0[1] * $0[1]])
            },
            GradientCase("sort", [[2, 4]]) { inputs in
                AnyTensor.makeAll(
                    .sort(SortAttributes(axis: 1, isDescending: false)), [inputs[0] * inputs[0]])[0]
            },
            GradientCase("sort descending, first axis", [[4, 2]]) { inputs in
                AnyTensor.makeAll(
                    .sort(SortAttributes(axis: 0, isDescending: true)), [inputs[0] * inputs[0]])[0]
            },
            GradientCase("sort a vector", [[5]]) { inputs in
                AnyTensor.makeAll(
                    .sort(SortAttributes(axis: 0, isDescending: false)), [inputs[0] * inputs[0]])[0]
            },
            GradientCase("topK", [[2, 5]]) { AnyTensor.makeAll(.topK(2), [$0[0] * $0[0]])[0] },
            GradientCase("gather along an axis", [[2, 3]]) {
                ($0[0] * $0[0]).gathered(
                    along: 1,
                    at: AnyTensor.constant(try NDArray([Int32(2), 2, 0, 1], shape: [2, 2])))
            },
        ]
        for kind in ScatterKind.allCases {
            cases.append(
                GradientCase("scatter \(kind.rawValue)", [[4, 2], [2, 2]]) {
                    .make(.scatter(kind, put(.checked)), [$0[0] * $0[0], distinct, $0[1] * $0[1]])
                })
        }
        return cases
    }()

    static let marks: [GradientCase] = [
        GradientCase("check", [[3]]) { .make(.check(.finite("finite")), [$0[0] * $0[0]]) },
        GradientCase("withUpdates and after", [[3]], unknownShapes: false) {
            let v = VariableHandle("v", dtype: .float64, shape: [3], initializer: .zeros)
            let x = $0[0]
            let updated = (x * x).withUpdates([v.assign(x)])
            return .make(.after, [updated * x, v.assign(x).anyTensor])
        },
        GradientCase("custom gradient", [[3]]) { inputs in
            withCustomGradient([inputs[0]]) { inputs in
                let x = inputs[0]
                return [x * x * x]
            } gradient: { inputs, _, gradients in
                let x = inputs[0]
                return [gradients[0] * x * x * 3]
            }[0]
        },
        GradientCase("list", [[2], [3]], unknownShapes: false) { inputs in
            let empty = AnyTensor.make(.listEmpty, [])
            let one = AnyTensor.make(.listAppend, [empty, inputs[0] * inputs[0]])
            let two = AnyTensor.make(.listAppend, [one, inputs[1]])
            let b = AnyTensor.makeAll(.listPop(inputs[1].type), [two])
            let a = AnyTensor.makeAll(.listPop(inputs[0].type), [b[0]])
            let again = AnyTensor.makeAll(.listPop(inputs[1].type), [two])
            return (a[1] * a[1]).sum() * b[1] * again[1]
        },
        GradientCase("list by index", [[3, 2], [2]], unknownShapes: false) { inputs in
            func index(_ place: Int) -> AnyTensor { .scalar(Double(place), .int64) }
            let (x, y) = (inputs[0], inputs[1])
            var list = AnyTensor.make(.listUnstack, [x * x])
            let grown = AnyTensor.makeAll(.listResize, [list, index(5)])[0]
            list = .make(.listSet(.growing), [grown, y * y, index(1), index(5)])
            list = .make(.listSet(.growing), [list, y * x[0], index(5), index(5)])
            list = .make(.listClear(.checked), [list, index(2), index(6)])
            let here = AnyTensor.make(.listGet(y.type, .checked), [list, index(0), index(6)])
            let hole = AnyTensor.make(.listGet(y.type, .checked), [grown, index(4), index(5)])
            let whole = AnyTensor.make(
                .listStackLike(y.type, filling: false), [list, .zeros(.bool, shape: [6])])
            let fewer = AnyTensor.makeAll(.listResize, [list, index(2)])[0]
            let last = AnyTensor.make(.listGet(y.type, .checked), [fewer, index(1), index(2)])
            return ((whole * whole).sum() + (here + hole).sum()) * last
        },
        GradientCase("list used twice", [[2], [3]], unknownShapes: false) { inputs in
            let empty = AnyTensor.make(.listEmpty, [])
            let one = AnyTensor.make(.listAppend, [empty, inputs[0] * inputs[0]])
            let two = AnyTensor.make(.listAppend, [one, inputs[1] * inputs[1]])
            let here = AnyTensor.makeAll(.listPop(inputs[0].type), [one])
            let b = AnyTensor.makeAll(.listPop(inputs[1].type), [two])
            let a = AnyTensor.makeAll(.listPop(inputs[0].type), [b[0]])
            return (here[1] * a[1] * a[1]).sum() * b[1]
        },
    ]
}
