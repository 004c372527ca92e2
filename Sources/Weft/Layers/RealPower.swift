// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The power of a number, by the C library; `pow` is a function of tensors here.
func realPower(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
