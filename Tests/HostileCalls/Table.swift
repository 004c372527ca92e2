// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftComplex

/// All calls. Element types are drawn with them: each stands here once for each type.
enum Table {
    static let calls: [Call] =
        floating(Float.self) + floating(Double.self) + floating(Float16.self)
        + floating(BFloat16.self) + floating(Complex<Float>.self) + complexCalls
        + integer(Int32.self) + integer(Int64.self)
        + integer(UInt8.self) + integer(Int8.self) + structural(Bool.self)
        + logicalCalls + untypedElementwise + untypedStructure + untypedCalls + drawCalls
        + controlCalls + listCalls + hostCalls + stringCalls + structural(String.self)
        + imageCalls + countingCalls + modelCalls
        + measureCalls + trainingCalls(Float.self) + trainingCalls(BFloat16.self)
        + layerCalls(Float.self) + layerCalls(Float16.self) + sequenceCalls(Float.self)
        + sequenceCalls(BFloat16.self) + valueCalls + arrayCalls
        + dataCalls

    private static func floating<T: FloatingScalar>(_ s: T.Type) -> [Call] {
        floatingElementwise(s) + floatingFunctions(s) + lossCalls(s) + windows(s) + numeric(s)
    }

    private static func integer<T: IntegerScalar>(_ s: T.Type) -> [Call] {
        integerElementwise(s) + numeric(s)
    }

    private static func numeric<T: NumericScalar>(_ s: T.Type) -> [Call] {
        numericElementwise(s) + numericStructure(s) + structural(s)
    }
}
