// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Output that has left the process when the call returns.
public enum Console {
    /// Writes all of `text`, or what a closed descriptor takes of it.
    public static func write(_ text: String, to descriptor: Int32 = 1) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
