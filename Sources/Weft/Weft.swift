// SPDX-License-Identifier: Apache-2.0

/// What programs import: tensors and functions come from `WeftGraph`, sessions, layers, optimizers
/// and data from here.
@_exported public import WeftGraph
