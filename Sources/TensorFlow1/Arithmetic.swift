// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Arithmetic, element by element. A number beside a tensor takes its element type; shapes are broadcast.
extension tf {
    /// x + y.
    public static func add(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Add", x, y, name)
    }

    /// x − y.
    public static func subtract(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Sub", x, y, name)
    }

    /// x − y, under its name before 1.0.
    public static func sub(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Sub", x, y, name)
    }

    /// x · y.
    public static func multiply(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Mul", x, y, name)
    }

    /// x · y, under its name before 1.0.
    public static func mul(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Mul", x, y, name)
    }

    /// x / y of numbers with a fraction.
    public static func realdiv(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("RealDiv", x, y, name)
    }

    /// x / y rounded toward 0.
    public static func truncatediv(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("TruncateDiv", x, y, name)
    }

    /// x / y rounded down.
    public static func floordiv(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("FloorDiv", x, y, name)
    }

    /// x / y rounded down.
    public static func floor_div(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("FloorDiv", x, y, name)
    }

    /// The remainder of x / y with the sign of y.
    public static func mod(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("FloorMod", x, y, name)
    }

    /// The remainder of x / y with the sign of y.
    public static func floormod(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("FloorMod", x, y, name)
    }

    /// The remainder of x / y with the sign of x.
    public static func truncatemod(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("TruncateMod", x, y, name)
    }

    /// x / y, and 0 where y is 0.
    public static func div_no_nan(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("DivNoNan", x, y, name)
    }

    /// The greater of x and y.
    public static func maximum(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Maximum", x, y, name)
    }

    /// The smaller of x and y.
    public static func minimum(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Minimum", x, y, name)
    }

    /// (x − y)².
    public static func squared_difference(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("SquaredDifference", x, y, name)
    }

    /// x to the power of y.
    public static func pow(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Pow", x, y, name)
    }

    /// The angle of the point (y, x), in radians.
    public static func atan2(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Atan2", x, y, name)
    }

    /// x · log y, and 0 where x is 0.
    public static func xlogy(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Xlogy", x, y, name)
    }

    /// x / y, and 0 where x is 0.
    public static func xdivy(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Xdivy", x, y, name)
    }

    /// x / y; the quotient of integers is rounded down, as in TensorFlow since 1.0: −7 / 2 is −4.
    public static func div(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        let (x, y) = pair(x, y)
        return call(x.dtype.isInteger ? "FloorDiv" : "RealDiv", [x, y], [:], name)
    }

    /// x / y; integers are converted first, to `float64`, those of 8 and 16 bits to `float32`.
    public static func truediv(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        var (x, y) = pair(x, y)
        if x.dtype.isInteger {
            let dtype: DType = x.dtype.size < 4 ? .float32 : .float64
            (x, y) = (x.cast(to: dtype), y.cast(to: dtype))
        }
        return call("RealDiv", [x, y], [:], name)
    }

    /// x / y as Python's `/` divides: as `truediv`.
    public static func divide(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        truediv(x, y, name: name)
    }

    /// The sum of tensors of one shape.
    public static func add_n(_ inputs: [any TensorOperand], name: String? = nil) -> Tensor {
        guard !inputs.isEmpty else {
            return .invalid("add_n", name, "there must be at least one tensor to add")
        }
        return call("AddN", inputs.map { $0.tensor(nil) }, [:], name)
    }

    /// The sum of tensors of one shape.
    public static func accumulate_n(_ inputs: [any TensorOperand], name: String? = nil) -> Tensor {
        add_n(inputs, name: name)
    }

    /// x, but no element below the first bound or above the second.
    public static func clip_by_value(
        _ t: some TensorOperand, _ clip_value_min: some TensorOperand,
        _ clip_value_max: some TensorOperand, name: String? = nil
    ) -> Tensor {
        let t = t.tensor(nil)
        return call(
            "ClipByValue", [t, clip_value_min.tensor(t.dtype), clip_value_max.tensor(t.dtype)],
            [:], name)
    }

    /// x, but no element below the first bound or above the second.
    public static func clip_by_value(
        _ t: some TensorOperand, clip_value_min: some TensorOperand,
        clip_value_max: some TensorOperand, name: String? = nil
    ) -> Tensor {
        clip_by_value(t, clip_value_min, clip_value_max, name: name)
    }
}
