// SPDX-License-Identifier: Apache-2.0

/// Memory at a fixed address for what a kernel is told: extents, strides, structures.
///
/// Kernels get the address itself: passing a Swift array costs more than some kernels take.
final class CTable<Element: BitwiseCopyable> {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int

    init(_ elements: some Collection<Element>) {
        count = elements.count
        pointer = .allocate(capacity: Swift.max(count, 1))
        var next = pointer
        for element in elements {
            next.initialize(to: element)
            next += 1
        }
    }

    convenience init(one element: Element) { self.init(CollectionOfOne(element)) }

    deinit { pointer.deallocate() }

    subscript(index: Int) -> Element { pointer[index] }
}

extension CTable where Element: FixedWidthInteger {
    convenience init(numbers: some Collection<Int>) {
        self.init(numbers.map { Element(truncatingIfNeeded: $0) })
    }
}

/// Fills an array member of a C structure, which Swift sees as a tuple.
func fill<Tuple, Element: FixedWidthInteger>(
    _ tuple: inout Tuple, with numbers: some Collection<Int>, as type: Element.Type
) {
    withUnsafeMutableBytes(of: &tuple) { bytes in
        let capacity = bytes.count / MemoryLayout<Element>.size
        for (index, number) in numbers.prefix(capacity).enumerated() {
            bytes.storeBytes(
                of: Element(truncatingIfNeeded: number),
                toByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
        }
    }
}
