// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The layers of a model with the shapes of their outputs and the numbers of their parameters; its text is a table.
///
/// ```
/// layer                               output                          parameters
/// ------------------------------------------------------------------------------
/// hidden (Dense)                      [?, 128]                             8,320
/// Lambda                              [?, 128]                                 0
/// logits (Dense)                      [?, 10]                              1,290
/// ------------------------------------------------------------------------------
/// 9,610 parameters (38.4 kB), 9,610 of them trainable
/// ```
public struct LayerSummary: Sendable, CustomStringConvertible {
    /// A layer.
    public struct Row: Sendable {
        /// The name that its variables' names begin with; nil for a layer without.
        public let name: String?
        /// What kind of a layer it is: `Dense`.
        public let kind: String
        /// The shape of its output; nil for one that is no tensor.
        public let output: Shape?
        /// How many numbers its variables hold. What an earlier layer holds as well does not count again.
        public let parameterCount: Int
    }

    /// The layers, in the order in which they are called.
    public let rows: [Row]
    /// How many numbers the model's variables hold.
    public let parameterCount: Int
    /// How many of them optimizers change.
    public let trainableCount: Int
    /// How many bytes the variables take.
    public let byteCount: Int

    /// A table of 80 columns at most.
    public var description: String {
        let line = String(repeating: "-", count: 78)
        let head = Self.line("layer", "output", "parameters")
        let body = rows.map { row in
            let label = row.name.map { "\($0) (\(row.kind))" } ?? row.kind
            return Self.line(
                label, row.output?.description ?? "", Self.grouped(row.parameterCount))
        }
        let rest = parameterCount - trainableCount
        let total =
            "\(Self.grouped(parameterCount)) parameters (\(Self.size(byteCount))), "
            + "\(Self.grouped(trainableCount)) of them trainable"
            + (rest == 0 ? "" : ", \(Self.grouped(rest)) not")
        return ([head, line] + body + [line, total]).joined(separator: "\n")
    }

    private static func line(_ a: String, _ b: String, _ c: String) -> String {
        filled(a, 35) + " " + filled(b, 24) + " "
            + String(repeating: " ", count: max(17 - c.count, 0)) + c
    }

    /// A text of a width; of one that is longer the end, which says more.
    private static func filled(_ text: String, _ width: Int) -> String {
        text.count <= width
            ? text + String(repeating: " ", count: width - text.count)
            : "…" + text.suffix(width - 1)
    }

    /// With a comma between thousands.
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.enumerated().reduce("") { text, item in
            let isThousand = item.offset > 0 && (digits.count - item.offset) % 3 == 0
            return text + (isThousand ? "," : "") + String(item.element)
        }
    }

    private static func size(_ bytes: Int) -> String {
        var (number, unit) = (Double(bytes), "B")
        for next in ["kB", "MB", "GB", "TB"] where number >= 1000 {
            number /= 1000
            unit = next
        }
        let tenths = (number * 10).rounded() / 10
        return "\(unit == "B" ? "\(bytes)" : "\(tenths)") \(unit)"
    }
}

extension Layer {
    /// The layers of this one with the shapes of their outputs for an input of this shape.
    ///
    /// A ``Sequential`` and those in it show their layers one by one; any other layer is one row. Layers that take sizes
    /// from their first input get them: see ``sized(for:)``.
    ///
    /// - Throws: `GraphError` when the layer does not take inputs of this shape.
    public func summary<Scalar: TensorScalar, Made: TensorProtocol>(
        for shape: Shape
    ) throws -> LayerSummary where Input == Tensor<Scalar>, Output == Made {
        var table = SummaryTable()
        let output = table.called(self, Tensor<Scalar>.placeholder(shape: shape))
        try output.validated()
        return table.summary
    }
}

/// Rows that grow as layers are called.
struct SummaryTable {
    private var rows: [LayerSummary.Row] = []
    private var seen: Set<VariableHandle> = []
    private var counts = (all: 0, trainable: 0, bytes: 0)

    /// The output of a layer, whose rows are entered.
    mutating func called<L: Layer>(_ layer: L, _ input: L.Input) -> L.Output {
        if let sequence = layer as? any SummarizedInParts,
            let output = sequence.summarized(input, in: &self) as? L.Output
        {
            return output
        }
        let output = layer(input, mode: .inference)
        enter(layer, output)
        return output
    }

    private mutating func enter(_ layer: any Layer, _ output: Any) {
        var own = 0
        for variable in layer.variables where seen.insert(variable).inserted {
            // Of shapes that no array has there are no variables.
            let count = ArraySize.count(variable.shape) ?? 0
            own = saturating(own, count)
            counts.all = saturating(counts.all, count)
            if variable.isTrainable { counts.trainable = saturating(counts.trainable, count) }
            let bytes = count.multipliedReportingOverflow(by: variable.dtype.size)
            counts.bytes = saturating(counts.bytes, bytes.overflow ? .max : bytes.partialValue)
        }
        rows.append(
            LayerSummary.Row(
                name: Self.name(layer.variables), kind: Self.kind(of: type(of: layer)),
                output: (output as? any TensorConvertible)?.anyTensor.shape, parameterCount: own))
    }

    private func saturating(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    static func kind(of type: Any.Type) -> String {
        (type as? any SummaryKind.Type)?.summaryKind
            ?? String(String(describing: type).prefix { $0 != "<" })
    }

    /// The scope that all variables stand in.
    private static func name(_ variables: [VariableHandle]) -> String? {
        var common = variables.first.map { $0.name.split(separator: "/").dropLast() }
        for variable in variables.dropFirst() {
            let parts = variable.name.split(separator: "/").dropLast()
            let count = zip(common ?? [], parts).prefix { $0 == $1 }.count
            common = common.map { $0.prefix(count) }
        }
        let name = common?.joined(separator: "/") ?? ""
        return name.isEmpty ? nil : name
    }

    var summary: LayerSummary {
        LayerSummary(
            rows: rows, parameterCount: counts.all, trainableCount: counts.trainable,
            byteCount: counts.bytes)
    }
}

/// A layer whose parts have rows of their own.
protocol SummarizedInParts {
    /// The layer's output for an input of its type; nil for another input.
    func summarized(_ input: Any, in table: inout SummaryTable) -> Any?
}

/// What says itself what kind of a layer it is.
protocol SummaryKind {
    static var summaryKind: String { get }
}

extension Convolution: SummaryKind {
    static var summaryKind: String { Axes.name("Conv") }
}
extension TransposedConvolution: SummaryKind {
    static var summaryKind: String { Axes.name("TransposedConv") }
}
extension DepthwiseConvolution: SummaryKind {
    static var summaryKind: String { Axes.name("DepthwiseConv") }
}
extension SeparableConvolution: SummaryKind {
    static var summaryKind: String { Axes.name("SeparableConv") }
}
extension Pool: SummaryKind {
    static var summaryKind: String { Axes.name("Pool") }
}
extension AdaptivePool: SummaryKind {
    static var summaryKind: String { Axes.name("AdaptivePool") }
}
extension Recurrent: SummaryKind {
    static var summaryKind: String {
        let cell = String(String(describing: Cell.self).prefix { $0 != "<" })
        return cell.hasSuffix("Cell") ? String(cell.dropLast(4)) : cell
    }
}
extension Regularized: SummaryKind {
    static var summaryKind: String { SummaryTable.kind(of: Base.self) }
}
extension Constrained: SummaryKind {
    static var summaryKind: String { SummaryTable.kind(of: Base.self) }
}
