// SPDX-License-Identifier: Apache-2.0
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Times in microseconds. Reading it takes some 30 ns, a part of every step that is measured.
@inline(__always)
func microseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
}

/// How many processes wanted to run in the last minute; nil where the system does not say.
func loadAverage() -> Double? {
    var load = 0.0
    return getloadavg(&load, 1) == 1 ? load : nil
}

/// The process's resident memory in millions of bytes; nil where the system does not say.
func residentMegabytes() -> Double? { procStatus("VmRSS") }

/// The most resident memory that the process had, in millions of bytes; nil where the system does not say.
///
/// Where there is `/proc` it is read there: `ru_maxrss` also counts the process that started this one.
func peakResidentMegabytes() -> Double? {
    if let peak = procStatus("VmHWM") { return peak }
    var usage = rusage()
    // RUSAGE_SELF is 0 everywhere, but not of the same type.
    guard getrusage(0, &usage) == 0 else { return nil }
    #if canImport(Darwin)
    return Double(usage.ru_maxrss) / 1e6  // Bytes.
    #else
    return Double(usage.ru_maxrss) * 1024 / 1e6
    #endif
}

/// A size that Linux keeps for the process, in millions of bytes.
private func procStatus(_ name: String) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
        return nil
    }
    for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
        let words = line.split(whereSeparator: \.isWhitespace)
        return words.count > 1 ? Double(words[1]).map { $0 * 1024 / 1e6 } : nil
    }
    return nil
}
