// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Variables whose sizes are those of tensors: `[x.shape[1], 10]`, `x.shape.as_list()`.
extension tf {
    /// A variable of that name in the current variable scope, whose sizes must be known.
    ///
    /// - Throws: `GraphError` as the form of sizes, or when one is unknown.
    @_disfavoredOverload
    public static func get_variable(
        _ name: String, _ shape: [Int?], dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true
    ) throws -> Variable {
        try variable(
            name, known(shape, of: name), dtype, initializer, regularizer, trainable, nil, nil)
    }
    /// The same with the shape labelled.
    ///
    /// - Throws: as the form without labels.
    @_disfavoredOverload
    public static func get_variable(
        _ name: String, shape: [Int?], dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true
    ) throws -> Variable {
        try get_variable(
            name, shape, dtype: dtype, initializer: initializer, regularizer: regularizer,
            trainable: trainable)
    }
    /// The same with name and shape labelled.
    ///
    /// - Throws: as the form without labels.
    @_disfavoredOverload
    public static func get_variable(
        name: String, shape: [Int?], dtype: DType? = nil,
        initializer: (any InitialValue)? = nil, regularizer: Regularizer? = nil,
        trainable: Bool = true
    ) throws -> Variable {
        try get_variable(
            name, shape, dtype: dtype, initializer: initializer, regularizer: regularizer,
            trainable: trainable)
    }

    private static func known(_ shape: [Int?], of name: String) throws -> [Int] {
        let sizes = shape.compactMap(\.self)
        guard sizes.count == shape.count else {
            throw GraphError(
                operation: "get_variable",
                reason:
                    "Shape of a new variable (\(name)) must be fully defined, but instead was \(shape)."
            )
        }
        return sizes
    }
}
