// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The pages of a file as memory, read when they are first touched, and never written to: pages that could be
/// would be counted as memory, and a file larger than that could not be mapped.
///
/// `@unchecked Sendable`: neither the address nor the memory changes.
final class FileMapping: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    private let size: Int

    /// - Throws: `FileError` when the system does not give the pages. The file must not be empty.
    init(_ file: ReadableFile) throws {
        size = file.size
        address = try file.withDescriptor { descriptor in
            let pages = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard let pages, pages != MAP_FAILED else {
                throw FileError.system(
                    file.path, "cannot be mapped into memory",
                    advice: "open it without `mapsLargeArrays`")
            }
            return pages
        }
    }

    deinit { munmap(address, size) }
}
