// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    /// Strings that a program has itself: their numbers differ from run to run, their order does not.
    mutating func addStrings() {
        let arrays: [NDArray] = [
            ["b", "a", "", "b", "ab"], NDArray([String]()), "one",
            NDArray((0..<300).map { "word \($0 * 7919 % 211)" }),
        ]
        for array in arrays {
            let builder = ProgramBuilder()
            let type = ArrayType(.int64, array.shape)
            let shift = builder.input(.int64, [])
            let own = builder.add(.stringConstant(array), [], [type])[0]
            let other = builder.add(.stringConstant(["ab", "z"]), [], [ArrayType(.int64, [2])])[0]
            let ranks = builder.add(
                .stringRanks(of: 2), [own, other], [type, ArrayType(.int64, [2])])
            let same = builder.add(.compare(.equal), [own, own], .bool, array.shape)
            let shifted = builder.add(.binary(.add), [ranks[0], shift], .int64, array.shape)
            let program = builder.program([shifted, ranks[1], same])
            add(
                Primitive.stringRanks(of: 2).kind, program, [NDArray(Int64(3))], dtype: .int64,
                "\(array.shape)")
        }
    }
}
