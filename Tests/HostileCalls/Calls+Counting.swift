// SPDX-License-Identifier: Apache-2.0
import Weft

/// Counts, searches, segments, and draws by rejection.
let countingCalls: [Call] = [
    Call("binCounts") { $0.keep($0.t(Int32.self).binCounts(count: $0.int(), batchRank: $0.int())) },
    Call("binCounts") { $0.keep($0.t(Int8.self).binCounts(count: $0.int())) },
    Call("binCounts") {
        $0.keep($0.t(UInt64.self).binCounts(count: $0.t(Int32.self, rank: 0), batchRank: $0.int()))
    },
    Call("binCounts") { $0.keep($0.any().binCounts()) },
    Call("searchSorted") {
        $0.keep(
            searchSorted(
                $0.t(Float.self, rank: 1), $0.t(Float.self), side: $0.choice(SearchSide.allCases)))
    },
    Call("searchSorted") {
        $0.keep(
            searchSorted($0.t(Int32.self), $0.t(Int32.self), side: $0.choice(SearchSide.allCases)))
    },
    Call("histogram") {
        $0.keep(
            $0.t(Float.self).histogram(
                from: $0.t(Float.self, rank: 0), to: Tensor(Float($0.number())), bins: $0.int()))
    },
    Call("histogram") {
        $0.keep(
            $0.t(Int8.self).histogram(
                from: Tensor(-3), to: $0.t(Int8.self, rank: 0), bins: $0.t(Int32.self, rank: 0)))
    },
    Call("histogram") {
        $0.keep($0.any().histogram(from: $0.any(), to: $0.any(), bins: $0.int()))
    },
    Call("segmentProducts") {
        $0.keep($0.t(Float.self).segmentProducts($0.t(Int32.self, rank: 1), count: $0.int()))
    },
    Call("segmentProducts") {
        $0.keep(
            $0.t(Double.self).segmentProducts(
                $0.t(Int64.self, rank: 1), count: $0.t(Int32.self, rank: 0)))
    },
    Call("randomGamma") {
        $0.keep(randomGamma(concentration: $0.t(Float.self), stream: $0.name()))
    },
    Call("randomGamma") {
        $0.keep(randomGamma(concentration: $0.t(Float16.self), stream: $0.name()))
    },
    Call("randomPoisson") { $0.keep(randomPoisson(rate: $0.t(Float.self), stream: $0.name())) },
    Call("randomPoisson") { $0.keep(randomPoisson(rate: $0.any(), stream: $0.name())) },
    Call("randomCategorical") {
        $0.keep(randomCategorical(logits: $0.t(Float.self), count: $0.int(), stream: $0.name()))
    },
    Call("randomCategorical") {
        $0.keep(
            randomCategorical(
                logits: $0.t(Double.self), count: $0.t(Int32.self, rank: 0), stream: $0.name()))
    },
    Call("shuffled") { $0.keep($0.any().shuffled(axis: $0.axis(), stream: $0.name())) },
]
