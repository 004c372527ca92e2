// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite("The interpreter's gather and scatter")
struct InterpreterIndexingTests {
    private let table = NDArray.from([1, 2, 3, 4, 5, 6], .float32, [3, 2])

    private func rows(_ indices: [Int64], _ mode: IndexMode) throws -> NDArray {
        let attributes = GatherAttributes(
            offsetAxes: [1], collapsedAxes: [0], startIndexMap: [0], indexVectorAxis: 1,
            sliceSizes: [1, 2], mode: mode)
        return try reference(
            .gather(attributes), [table, whole(indices, .int64)], .float32, [indices.count, 2],
            name: "embedding/lookup")
    }

    private func scattered(
        _ kind: ScatterKind, _ indices: [Int64], _ updates: [Double], _ mode: IndexMode
    ) throws -> [Double] {
        let attributes = ScatterAttributes(
            updateWindowAxes: [], insertedWindowAxes: [0], scatterAxesToOperandAxes: [0],
            indexVectorAxis: 1, mode: mode)
        let operand = NDArray.from([10, 20, 30], .float32)
        return try reference(
            .scatter(kind, attributes),
            [operand, whole(indices, .int32), .from(updates, .float32)], .float32, [3]
        ).doubles
    }

    @Test("gather takes rows")
    func gather() throws {
        #expect(try rows([2, 0], .checked).doubles == [5, 6, 1, 2])
        #expect(try rows([], .checked).count == 0)
    }

    @Test("an index outside fails, is clamped, or gives zeros, as asked")
    func modes() throws {
        #expect(try rows([-1, .max, .min], .clamped).doubles == [1, 2, 5, 6, 1, 2])
        #expect(try rows([-1, 1, .max], .ignored).doubles == [0, 0, 3, 4, 0, 0])
        let error = #expect(throws: RunError.self) { _ = try rows([0, 3], .checked) }
        #expect(error?.code == .kernelFailure)
        #expect(
            error?.description
                == "gather 'embedding/lookup': index 3 is outside axis 0 of size 3; "
                + "indices must lie in 0...2, or use the clamped or ignored mode")
    }

    @Test("window axes that do not ascend are refused")
    func windowOrder() throws {
        let attributes = ScatterAttributes(
            updateWindowAxes: [2, 1], insertedWindowAxes: [], scatterAxesToOperandAxes: [0],
            indexVectorAxis: 1, mode: .checked)
        let types = [
            TensorType(.float32, [2, 2]), TensorType(.int32, [3, 1]),
            TensorType(.float32, [3, 2, 2]),
        ]
        let error = #expect(throws: RuleViolation.self) {
            _ = try Operation.primitive(.scatter(.add, attributes)).inferTypes(types)
        }
        #expect(error?.reason == "the updates' window axes [2, 1] do not ascend")
    }

    @Test("of several updates of one place the last is set, and all are added")
    func scatter() throws {
        #expect(try scattered(.set, [1, 0, 1], [1, 2, 3], .checked) == [2, 3, 30])
        #expect(try scattered(.add, [1, 0, 1], [1, 2, 3], .checked) == [12, 24, 30])
        #expect(try scattered(.multiply, [1, 1], [2, 3], .checked) == [10, 120, 30])
        #expect(try scattered(.maximum, [0, 2], [11, 1], .checked) == [11, 20, 30])
        #expect(try scattered(.minimum, [0, 2], [11, 1], .checked) == [10, 20, 1])
    }

    @Test("an update outside fails, is clamped, or is left out, as asked")
    func scatterModes() throws {
        #expect(try scattered(.set, [7, -7], [1, 2], .clamped) == [2, 20, 1])
        #expect(try scattered(.set, [7, 1], [1, 2], .ignored) == [10, 2, 30])
        #expect(throws: RunError.self) { _ = try scattered(.set, [0, 3], [1, 2], .checked) }
    }

    @Test("a window that does not wholly fit is outside")
    func windows() throws {
        let attributes = ScatterAttributes(
            updateWindowAxes: [1], insertedWindowAxes: [], scatterAxesToOperandAxes: [0],
            indexVectorAxis: 1, mode: .ignored)
        let operand = NDArray.from([0, 0, 0, 0], .float32)
        let indices = whole([3, 1], .int32, [2, 1])
        let updates = NDArray.from([1, 2, 3, 4], .float32, [2, 2])
        let result = try reference(
            .scatter(.add, attributes), [operand, indices, updates], .float32, [4])
        #expect(result.doubles == [0, 3, 4, 0])
    }

    @Test("into an array without places updates are left out, or the run fails")
    func noPlaces() throws {
        func run(_ mode: IndexMode) throws -> NDArray {
            let attributes = ScatterAttributes(
                updateWindowAxes: [], insertedWindowAxes: [0], scatterAxesToOperandAxes: [0],
                indexVectorAxis: 1, mode: mode)
            return try reference(
                .scatter(.set, attributes),
                [.zeros(.float32, [0]), whole([0, -1], .int32), .zeros(.float32, [2])], .float32,
                [0])
        }
        #expect(try run(.ignored).count == 0)
        // There is no nearest place either.
        #expect(throws: RunError.self) { _ = try run(.clamped) }
        #expect(throws: RunError.self) { _ = try run(.checked) }
    }
}
