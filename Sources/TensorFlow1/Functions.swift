// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Functions of single elements.
extension tf {
    /// The absolute value.
    public static func abs(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Abs", [x.tensor(nil)], [:], name)
    }

    /// −x.
    public static func negative(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Neg", [x.tensor(nil)], [:], name)
    }

    /// −x, under its name before 1.0.
    public static func neg(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Neg", [x.tensor(nil)], [:], name)
    }

    /// −1, 0 or 1, by the sign.
    public static func sign(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Sign", [x.tensor(nil)], [:], name)
    }

    /// x · x.
    public static func square(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Square", [x.tensor(nil)], [:], name)
    }

    /// The square root.
    public static func sqrt(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Sqrt", [x.tensor(nil)], [:], name)
    }

    /// The reciprocal of the square root.
    public static func rsqrt(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Rsqrt", [x.tensor(nil)], [:], name)
    }

    /// 1 / x.
    public static func reciprocal(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Reciprocal", [x.tensor(nil)], [:], name)
    }

    /// e to the power of x.
    public static func exp(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Exp", [x.tensor(nil)], [:], name)
    }

    /// exp x − 1.
    public static func expm1(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Expm1", [x.tensor(nil)], [:], name)
    }

    /// The natural logarithm.
    public static func log(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Log", [x.tensor(nil)], [:], name)
    }

    /// The natural logarithm of 1 + x.
    public static func log1p(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Log1p", [x.tensor(nil)], [:], name)
    }

    /// The sine.
    public static func sin(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Sin", [x.tensor(nil)], [:], name)
    }

    /// The cosine.
    public static func cos(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Cos", [x.tensor(nil)], [:], name)
    }

    /// The tangent.
    public static func tan(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Tan", [x.tensor(nil)], [:], name)
    }

    /// The angle of a sine.
    public static func asin(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Asin", [x.tensor(nil)], [:], name)
    }

    /// The angle of a cosine.
    public static func acos(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Acos", [x.tensor(nil)], [:], name)
    }

    /// The angle of a tangent.
    public static func atan(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Atan", [x.tensor(nil)], [:], name)
    }

    /// The hyperbolic sine.
    public static func sinh(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Sinh", [x.tensor(nil)], [:], name)
    }

    /// The hyperbolic cosine.
    public static func cosh(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Cosh", [x.tensor(nil)], [:], name)
    }

    /// The hyperbolic tangent.
    public static func tanh(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Tanh", [x.tensor(nil)], [:], name)
    }

    /// 1 / (1 + exp −x).
    public static func sigmoid(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Sigmoid", [x.tensor(nil)], [:], name)
    }

    /// The greatest integer that is not greater.
    public static func floor(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Floor", [x.tensor(nil)], [:], name)
    }

    /// The smallest integer that is not smaller.
    public static func ceil(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Ceil", [x.tensor(nil)], [:], name)
    }

    /// The nearest integer, the even one of two.
    public static func round(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Round", [x.tensor(nil)], [:], name)
    }

    /// The nearest integer, the even one of two.
    public static func rint(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Rint", [x.tensor(nil)], [:], name)
    }

    /// The error function.
    public static func erf(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Erf", [x.tensor(nil)], [:], name)
    }

    /// 1 − erf x.
    public static func erfc(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Erfc", [x.tensor(nil)], [:], name)
    }

    /// The logarithm of the absolute value of the gamma function.
    public static func lgamma(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Lgamma", [x.tensor(nil)], [:], name)
    }

    /// The derivative of `lgamma`.
    public static func digamma(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Digamma", [x.tensor(nil)], [:], name)
    }

    /// Where x is neither infinite nor NaN.
    public static func is_finite(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("IsFinite", [x.tensor(nil)], [:], name)
    }

    /// Where x is infinite.
    public static func is_inf(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("IsInf", [x.tensor(nil)], [:], name)
    }

    /// Where x is NaN.
    public static func is_nan(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("IsNan", [x.tensor(nil)], [:], name)
    }

    /// The real part.
    public static func real(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Real", [x.tensor(nil)], [:], name)
    }

    /// The imaginary part.
    public static func imag(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Imag", [x.tensor(nil)], [:], name)
    }

    /// The conjugate.
    public static func conj(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("Conj", [x.tensor(nil)], [:], name)
    }

    /// The elements as numbers of another type: fractions are cut off, numbers too large wrap.
    public static func cast(
        _ x: some TensorOperand, _ dtype: DType, name: String? = nil
    ) -> Tensor {
        call("Cast", [x.tensor(nil)], ["DstT": .type(dtype)], name)
    }

    /// The elements as numbers of another type.
    public static func cast(
        _ x: some TensorOperand, dtype: DType, name: String? = nil
    ) -> Tensor {
        cast(x, dtype, name: name)
    }

    /// The elements as numbers of another type by its name: `"float"`.
    public static func cast(
        _ x: some TensorOperand, _ dtype: String, name: String? = nil
    ) -> Tensor {
        let names: [String: DType] = [
            "float": .float32, "float32": .float32, "float64": .float64, "double": .float64,
            "half": .float16, "float16": .float16, "int": .int32, "int32": .int32, "int64": .int64,
            "int8": .int8, "int16": .int16, "uint8": .uint8, "uint16": .uint16, "bool": .bool,
        ]
        guard let type = names[dtype] else {
            return .invalid("cast", name, "'\(dtype)' is no name of an element type")
        }
        return cast(x, type, name: name)
    }

    /// The elements as `float32`.
    public static func to_float(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        cast(x, .float32, name: name)
    }
    /// The elements as `float64`.
    public static func to_double(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        cast(x, .float64, name: name)
    }
    /// The elements as `int32`.
    public static func to_int32(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        cast(x, .int32, name: name)
    }
    /// The elements as `int64`.
    public static func to_int64(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        cast(x, .int64, name: name)
    }
    /// The elements as `bfloat16`.
    public static func to_bfloat16(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        cast(x, .bfloat16, name: name)
    }
}
