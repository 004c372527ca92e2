// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

private typealias F = Tensor<Float>
private typealias I = Tensor<Int32>

@Suite("Indices outside their axis") struct IndexErrorTests {
    private func message(_ engine: TestedEngine, _ tensor: F, feeding feeds: Feeds) -> String {
        errorText { _ = try engine.session().run([tensor], feeding: feeds) }
    }

    @Test("the first one is named, with its axis and what would be right, by every engine")
    func named() throws {
        let (table, index) = (F.placeholder(shape: [3, 2]), I.placeholder(shape: [nil]))
        let values = NDArray.filled(.float32, [3, 2], 1)
        let wide = Tensor<Int64>.placeholder(shape: [nil, 2])
        let points = try NDArray([0, 1, 2, 5, 9, 9] as [Int64], shape: [3, 2])
        for engine in TestedEngine.allCases {
            let rows: Feeds = [table: values, index: NDArray([0, 2, 3, 7] as [Int32])]
            #expect(
                message(engine, table.gathered(at: index), feeding: rows).contains(
                    "index 3 is outside axis 0 of size 3; indices must lie in 0...2"))
            let below: Feeds = [table: values, index: NDArray([0, -1] as [Int32])]
            #expect(
                message(engine, table.gathered(at: index), feeding: below).contains(
                    "index -1 is outside axis 0 of size 3; indices must lie in 0...2"))
            let columns: Feeds = [table: values, index: NDArray([1, 2] as [Int32])]
            #expect(
                message(engine, table.gathered(at: index, axis: 1), feeding: columns).contains(
                    "index 2 is outside axis 1 of size 2; indices must lie in 0...1"))
            #expect(
                message(engine, table.gatheredND(at: wide), feeding: [table: values, wide: points])
                    .contains("index 5 is outside axis 1 of size 2; indices must lie in 0...1"))
            let set = table.scattering(F.ones(shape: [4, 2]), at: index)
            #expect(
                message(engine, set, feeding: rows).contains(
                    "index 3 is outside axis 0 of size 3; indices must lie in 0...2"))
        }
    }
}
