// SPDX-License-Identifier: Apache-2.0

/// For programs that write complex numbers: the type `Complex` of swift-numerics, with its operators. Those that
/// do not are spared these: a compiler that has more operators to choose from takes longer to choose.
@_exported public import ComplexModule
@_exported public import RealModule
@_exported public import Weft
