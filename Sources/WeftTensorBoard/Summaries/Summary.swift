// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Summaries that a graph gives: emissions that say how they are to be shown.
///
/// ```swift
/// let loss = mse.withUpdates([Summary.scalar("loss", mse), Summary.histogram("kernel", w.value)])
/// let train = try optimizer.minimize(loss)
/// for step in 0..<1000 {
///     _ = try session.run([train], feeding: batch) { writer.record($0, step: step) }
/// }
/// ```
///
/// As every ``WeftGraph/emit(_:as:)``, a summary happens when a run asks for it, and is handed over when the run has
/// succeeded. Its tag is the name under the current name scope. What it costs is a copy of the value; the rest is done
/// where it is recorded. For a summary of large arrays that is wanted in few steps, put it in a branch of
/// `cond(step % 100 .== 0, …)`: a branch that is not taken emits nothing.
public enum Summary {
    /// A number.
    ///
    /// - Returns: What is to be run; it carries an error when `value` has elements beside the first.
    public static func scalar(_ tag: String, _ value: some TensorConvertible) -> Update {
        emit(scalarValue(value.anyTensor), as: SummaryKind.scalar.name(tag))
    }

    /// How the elements of a tensor are spread.
    public static func histogram(_ tag: String, _ values: some TensorConvertible) -> Update {
        emit(values, as: SummaryKind.histogram.name(tag))
    }

    /// The first `most` pictures of a batch: count × height × width × channels, as `EventWriter.addImages` takes them.
    public static func images(
        _ tag: String, _ images: some TensorConvertible, most: Int = 3
    ) -> Update {
        emit(images, as: SummaryKind.images(most: most).name(tag))
    }

    /// The first `most` sounds of a batch: count × frames, or count × frames × channels, from −1 to 1.
    public static func audio(
        _ tag: String, _ sounds: some TensorConvertible, sampleRate: Double, most: Int = 3
    ) -> Update {
        emit(sounds, as: SummaryKind.audio(sampleRate: sampleRate, most: most).name(tag))
    }

    /// Text, in Markdown; of a vector or matrix of strings, a table.
    public static func text(_ tag: String, _ strings: some TensorConvertible) -> Update {
        emit(strings, as: SummaryKind.text.name(tag))
    }

    private static func scalarValue(_ tensor: AnyTensor) -> AnyTensor {
        tensor.shape.rank == 0 ? tensor : tensor.reshaped(to: [])
    }
}

/// How an emission is to be shown; its name says so behind a sign: `weights#histogram`.
enum SummaryKind: Hashable {
    case scalar
    case histogram
    case images(most: Int)
    case audio(sampleRate: Double, most: Int)
    case text

    func name(_ tag: String) -> String {
        switch self {
        case .scalar: "\(tag)#scalar"
        case .histogram: "\(tag)#histogram"
        case .images(let most): "\(tag)#images \(most)"
        case .audio(let rate, let most): "\(tag)#audio \(rate) \(most)"
        case .text: "\(tag)#text"
        }
    }

    /// The tag and the kind that a name says; nil for an emission that is no summary.
    static func parse(_ name: String) -> (tag: String, kind: SummaryKind)? {
        guard let sign = name.lastIndex(of: "#") else { return nil }
        let tag = String(name[..<sign])
        let words = name[name.index(after: sign)...].split(separator: " ")
        switch (words.first ?? "", words.count) {
        case ("scalar", 1): return (tag, .scalar)
        case ("histogram", 1): return (tag, .histogram)
        case ("text", 1): return (tag, .text)
        case ("images", 2):
            return Int(words[1]).map { (tag, .images(most: $0)) }
        case ("audio", 3):
            guard let rate = Double(words[1]), let most = Int(words[2]) else { return nil }
            return (tag, .audio(sampleRate: rate, most: most))
        default: return nil
        }
    }
}
