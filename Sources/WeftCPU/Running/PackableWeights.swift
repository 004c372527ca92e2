// SPDX-License-Identifier: Apache-2.0

/// A kernel of oneDNN that reads its weights faster from a copy in a layout of its own. The results
/// have the same bits either way.
protocol PackableWeights: AnyObject, Sendable {
    /// The size of a copy; 0 where the weights are as good as they are. Asked before the first copy
    /// is made: what that needs is prepared here.
    var packedBytes: Int { get }

    /// Makes a copy. Takes threads of the caller's team.
    ///
    /// - Returns: whether it was made.
    func pack(_ weights: UnsafeRawPointer, into copy: UnsafeMutableRawPointer) -> Bool
}
