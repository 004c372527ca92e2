// SPDX-License-Identifier: Apache-2.0

/// A value that an engine can use: what a run is fed, and what a session keeps of a variable.
///
/// The case of an array is not in a box of its own: sessions on a host's engine hold arrays, and a step
/// must not pay for engines that have memory elsewhere.
package enum EngineValue: Sendable {
    /// An array in the host's memory. Every engine takes one.
    case host(NDArray)
    /// What only the engine that made it can use.
    case buffer(any EngineBuffer)

    package var type: ArrayType {
        switch self {
        case .host(let array): ArrayType(array.dtype, array.shape)
        case .buffer(let buffer): buffer.type
        }
    }

    /// The value as an array, brought to the host if it is not there.
    ///
    /// - Throws: `RunError` when the engine cannot give it.
    package func read() throws -> NDArray {
        switch self {
        case .host(let array): array
        case .buffer(let buffer): try buffer.read()
        }
    }
}

/// A value in memory of an engine's own. It never changes: whoever holds a reference may use it, and only
/// what nobody else holds may be taken over.
package protocol EngineBuffer: AnyObject, Sendable {
    var type: ArrayType { get }

    /// Brings the value to the host.
    ///
    /// - Throws: `RunError` when that is not possible.
    func read() throws -> NDArray
}
