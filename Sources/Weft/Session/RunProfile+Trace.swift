// SPDX-License-Identifier: Apache-2.0

extension RunProfile {
    /// The run in the trace event format, as a complete JSON document: for `chrome://tracing` and
    /// Perfetto (ui.perfetto.dev), which draw the steps along time, those inside a loop below it.
    public func chromeTrace() -> String {
        var text = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n"
        for (index, step) in steps.enumerated() {
            if index > 0 { text += ",\n" }
            // Complete events: times are in microseconds.
            text += "{\"name\": \(Self.quoted(step.label)), \"cat\": \"step\", \"ph\": \"X\", "
            text += "\"ts\": \(step.start * 1e6), \"dur\": \(step.seconds * 1e6), "
            text += "\"pid\": 1, \"tid\": 1, \"args\": {\"index\": \(index), "
            text += "\"bytes\": \(step.bytes), \"operations\": \(step.operations)}}"
        }
        return text + "\n]}\n"
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
