// SPDX-License-Identifier: Apache-2.0

/// Whoever works with graphs works with arrays.
@_exported public import WeftArrays
