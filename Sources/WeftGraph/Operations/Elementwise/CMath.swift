// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The C library's functions under a name of their own: inside an enum whose cases have the same
/// names (`exp`, `log`) the plain name means the case.
enum CMath {
    static func exp(_ x: Double) -> Double { libraryExp(x) }
    static func log(_ x: Double) -> Double { libraryLog(x) }
    static func cbrt(_ x: Double) -> Double { libraryCbrt(x) }
    static func sin(_ x: Double) -> Double { librarySin(x) }
    static func cos(_ x: Double) -> Double { libraryCos(x) }
    static func tan(_ x: Double) -> Double { libraryTan(x) }
    static func asin(_ x: Double) -> Double { libraryAsin(x) }
    static func acos(_ x: Double) -> Double { libraryAcos(x) }
    static func atan(_ x: Double) -> Double { libraryAtan(x) }
    static func atan2(_ y: Double, _ x: Double) -> Double { libraryAtan2(y, x) }
    static func sinh(_ x: Double) -> Double { librarySinh(x) }
    static func cosh(_ x: Double) -> Double { libraryCosh(x) }
    static func tanh(_ x: Double) -> Double { libraryTanh(x) }
    static func asinh(_ x: Double) -> Double { libraryAsinh(x) }
    static func acosh(_ x: Double) -> Double { libraryAcosh(x) }
    static func atanh(_ x: Double) -> Double { libraryAtanh(x) }
    static func erf(_ x: Double) -> Double { libraryErf(x) }
    static func erfc(_ x: Double) -> Double { libraryErfc(x) }
}

private func libraryExp(_ x: Double) -> Double { exp(x) }
private func libraryLog(_ x: Double) -> Double { log(x) }
private func libraryCbrt(_ x: Double) -> Double { cbrt(x) }
private func librarySin(_ x: Double) -> Double { sin(x) }
private func libraryCos(_ x: Double) -> Double { cos(x) }
private func libraryTan(_ x: Double) -> Double { tan(x) }
private func libraryAsin(_ x: Double) -> Double { asin(x) }
private func libraryAcos(_ x: Double) -> Double { acos(x) }
private func libraryAtan(_ x: Double) -> Double { atan(x) }
private func libraryAtan2(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
private func librarySinh(_ x: Double) -> Double { sinh(x) }
private func libraryCosh(_ x: Double) -> Double { cosh(x) }
private func libraryTanh(_ x: Double) -> Double { tanh(x) }
private func libraryAsinh(_ x: Double) -> Double { asinh(x) }
private func libraryAcosh(_ x: Double) -> Double { acosh(x) }
private func libraryAtanh(_ x: Double) -> Double { atanh(x) }
private func libraryErf(_ x: Double) -> Double { erf(x) }
private func libraryErfc(_ x: Double) -> Double { erfc(x) }
