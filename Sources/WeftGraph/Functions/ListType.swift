// SPDX-License-Identifier: Apache-2.0

/// What is known of a list beside its tensor, which says no more than that it is one.
public struct ListType: Hashable, Sendable {
    /// The type of the tensors, as far as it is known.
    public let elementType: TensorType
    /// Whether it can be made longer and shorter.
    public let isGrowable: Bool
    /// How many tensors it holds, where more than the list itself says it: a plan may know that.
    package let count: AnyTensor?

    package init(_ elementType: TensorType, isGrowable: Bool, count: AnyTensor?) {
        self.elementType = elementType
        self.isGrowable = isGrowable
        self.count = count
    }

    /// Whether loops that are built take no count of a list as known.
    @TaskLocal static var asksForCounts = false

    /// What is known of the variable of a loop that a list of this type enters: a list that grows has
    /// another count in each iteration, one that does not keeps its own, as long as the body agrees.
    var entering: ListType { isGrowable || Self.asksForCounts ? counted(nil) : self }

    package func counted(_ count: AnyTensor?) -> ListType {
        ListType(elementType, isGrowable: isGrowable, count: count)
    }

    /// What is known of a list that is of this type or of the other: nil where either is nil.
    package static func joined(_ a: ListType?, _ b: ListType?) -> ListType? {
        guard let a, let b else { return nil }
        let element = TensorType(
            a.elementType.dtype, a.elementType.shape.joined(with: b.elementType.shape))
        return ListType(
            element, isGrowable: a.isGrowable && b.isGrowable,
            count: a.count == b.count ? a.count : nil)
    }
}
