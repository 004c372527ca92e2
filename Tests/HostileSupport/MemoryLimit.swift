// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The memory that this process may map: what is not there is an error like others, and no reason to take
/// it from neighbours.
public enum MemoryLimit {
    /// Lets the process map `bytes` in all.
    public static func set(bytes: Int) {
        var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
        #if os(Linux)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        #else
        setrlimit(RLIMIT_AS, &limit)
        #endif
    }

    /// What the process has mapped now, in bytes; 0 where the system does not say.
    public static var mapped: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").first.flatMap({ Int($0) })
        else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
