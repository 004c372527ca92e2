// SPDX-License-Identifier: Apache-2.0

/// All operations that graphs may have, by name.
enum OperationTable {
    static let families: [[OperationDefinition]] = [
        StructureOperations.all,
        VariableOperations.all,
        ControlFlowOperations.all,
        ElementwiseOperations.all,
        LogicOperations.all,
        SpecialFunctionOperations.all,
        ElementwiseGradientOperations.all,
        ReductionOperations.all,
        SegmentOperations.all,
        SortingOperations.all,
        CountingOperations.all,
        LinearAlgebraOperations.all,
        FourierOperations.all,
        RandomOperations.all,
        StatelessRandomOperations.all,
        StringOperations.all,
        StringNumberOperations.all,
        ShapeOperations.all,
        BroadcastingOperations.all,
        SlicingOperations.all,
        StridedSliceOperations.all,
        IndexingOperations.all,
        ScatteringOperations.all,
        MatrixOperations.all,
        DiagonalOperations.all,
        ConvolutionOperations.all,
        PoolingOperations.all,
        BlockOperations.all,
        ActivationOperations.all,
        LossOperations.all,
        NormalizationOperations.all,
        ResizingOperations.all,
        ImageOperations.all,
        QuantizationOperations.all,
        RecurrentOperations.all,
        OptimizerOperations.all,
        VariableScatterOperations.all,
        TensorArrayOperations.all,
        StackOperations.all,
        TensorListOperations.all,
        TableOperations.all,
        FileOperations.all,
    ]

    static let byName: [String: OperationDefinition] = Dictionary(
        families.joined().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
