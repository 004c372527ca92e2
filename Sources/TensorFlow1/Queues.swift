// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftData

extension tf {
    /// A store of elements that runs put in and take out: a run that takes waits until there is something, and one
    /// that puts until there is room. It is one for all sessions, and lives on the host.
    ///
    /// Threads are what a queue is for: the runs that put are made by a `QueueRunner`, or by the program's own.
    public class QueueBase: @unchecked Sendable {
        /// What errors call it.
        public let name: String
        /// The element types of the components.
        public let dtypes: [DType]
        let capacity: Int
        private let kind: String
        /// How many elements stay behind what is taken, as long as the queue is open.
        private let least: Int
        private let isPadded: Bool
        /// Guards all below; whoever waits is woken by every change.
        private let condition = NSCondition()
        private var elements: [[NDArray]] = []
        private var generator: SplitMix?
        private var isOpen = true
        private var isCancelled = false
        /// Whether somebody takes: elements of one batch are taken without others in between.
        private var isTaking = false
        private var types: [TensorType]?
        /// Set before any thread knows the queue.
        var whenReopened: (@Sendable () -> Void)?

        init(
            _ kind: String, _ name: String, _ capacity: Int, _ dtypes: [DType], _ shapes: [Shape]?,
            least: Int = 0, isPadded: Bool = false, generator: SplitMix? = nil
        ) {
            self.kind = kind
            self.name = Graph.current.unique_name(name)
            self.capacity = max(1, capacity)
            self.dtypes = dtypes
            self.least = max(0, least)
            self.isPadded = isPadded
            self.generator = generator
            types = shapes.map { shapes in zip(dtypes, shapes).map { TensorType($0, $1) } }
        }

        /// The shapes of the components: those that were given, or else those of what was put in first.
        public var shapes: [Shape] { known?.map(\.shape) ?? dtypes.map { _ in .unknown } }

        private var known: [TensorType]? { locked { types } }

        private func locked<R>(_ body: () throws -> R) rethrows -> R {
            condition.lock()
            defer { condition.unlock() }
            return try body()
        }

        // MARK: Putting in

        /// The components of what is put in; a list beside a queue of one component is that component.
        private func components(
            _ values: [any TensorOperand], axes: Int
        ) -> [AnyTensor] {
            var values = values
            let isList =
                dtypes.count == 1
                && (values.count != 1 || axes > 0 && values[0].tensor(nil).shape.rank == 0)
            if isList { values = [packed(values, dtypes[0])] }
            return zip(values, dtypes).map { value, dtype in
                let tensor = value.tensor(dtype)
                return tensor.dtype == dtype || tensor.error != nil
                    ? tensor : tensor.cast(to: dtype)
            } + (values.count == dtypes.count ? [] : [wrong("\(values.count) components")])
        }

        private func wrong(_ what: String) -> AnyTensor {
            .invalid(
                "enqueue", name, "\(what), where the queue has \(dtypes.count): \(dtypes)")
        }

        private func enqueueing(
            _ values: [any TensorOperand], axes: Int, _ name: String?
        ) -> Operation {
            let tensors = components(values, axes: axes)
            if let error = tensors.first(where: { $0.error != nil }) {
                return Operation(error, name: name)
            }
            let shapes = tensors.map { axes > 0 ? $0.shape.droppingFirst : $0.shape }
            locked {
                types = types ?? zip(dtypes, shapes).map { TensorType($0, $1) }
            }
            let put = HostFunction("\(kind)Enqueue", results: [], isStateful: true) { arrays in
                if axes == 0 {
                    try self.put([arrays])
                    return []
                }
                let counts = Set(arrays.map { $0.shape.first ?? -1 })
                guard counts.count == 1, let count = counts.first, count >= 0 else {
                    throw GraphError(
                        operation: "enqueue_many",
                        reason: "the first sizes differ: \(arrays.map(\.shape))")
                }
                try self.put((0..<count).map { index in arrays.map { $0[index] } })
                return []
            }
            return Operation(
                hostUpdate(put, tensors), name: name ?? "\(self.name)_enqueue")
        }

        /// Puts one element in, of these components.
        public func enqueue(_ vals: [any TensorOperand], name: String? = nil) -> Operation {
            enqueueing(vals, axes: 0, name)
        }
        /// Puts one element in, of one component.
        @_disfavoredOverload
        public func enqueue(_ vals: some TensorOperand, name: String? = nil) -> Operation {
            enqueueing([vals], axes: 0, name)
        }
        /// Puts one element in, of two components.
        public func enqueue(
            _ vals: (some TensorOperand, some TensorOperand), name: String? = nil
        ) -> Operation {
            enqueueing([vals.0, vals.1], axes: 0, name)
        }
        /// Puts in the elements along the first axes of the components.
        public func enqueue_many(_ vals: [any TensorOperand], name: String? = nil) -> Operation {
            enqueueing(vals, axes: 1, name)
        }
        /// Puts in the elements along the first axis of the one component.
        @_disfavoredOverload
        public func enqueue_many(_ vals: some TensorOperand, name: String? = nil) -> Operation {
            enqueueing([vals], axes: 1, name)
        }
        /// Puts in the elements along the first axes of two components.
        public func enqueue_many(
            _ vals: (some TensorOperand, some TensorOperand), name: String? = nil
        ) -> Operation {
            enqueueing([vals.0, vals.1], axes: 1, name)
        }

        /// Puts elements in one by one, waiting for room.
        func put(_ new: [[NDArray]]) throws {
            for element in new {
                if let types = known {
                    for (array, type) in zip(element, types) where !type.shape.admits(array.shape) {
                        throw GraphError(
                            operation: "enqueue",
                            reason: "an element is \(array.shape), and the queue '\(name)' has "
                                + "\(type.shape)")
                    }
                }
                try locked {
                    if !isOpen { throw closed }
                    while elements.count >= capacity, !isCancelled { condition.wait() }
                    if isCancelled { throw closed }
                    elements.append(element)
                    condition.broadcast()
                }
            }
        }

        private var closed: errors.CancelledError {
            errors.CancelledError("\(kind) '\(name)' is closed.")
        }

        // MARK: Taking out

        /// The components of the next element.
        @_disfavoredOverload
        public func dequeue(name: String? = nil) -> [Tensor] { taking(nil, false, name) }
        /// The next element's component, of a queue of one.
        public func dequeue(name: String? = nil) -> Tensor { single(dequeue(name: name)) }
        /// The next element's components, of a queue of two.
        public func dequeue(name: String? = nil) -> (Tensor, Tensor) { pair(dequeue(name: name)) }

        /// The components of the next `n` elements along a first axis. A closed queue that has fewer is at its end.
        @_disfavoredOverload
        public func dequeue_many(_ n: Int, name: String? = nil) -> [Tensor] {
            taking(n, false, name)
        }
        /// The next `n` elements of a queue of one component.
        public func dequeue_many(_ n: Int, name: String? = nil) -> Tensor {
            single(dequeue_many(n, name: name))
        }
        /// The next `n` elements of a queue of two components.
        public func dequeue_many(_ n: Int, name: String? = nil) -> (Tensor, Tensor) {
            pair(dequeue_many(n, name: name))
        }

        /// The components of the next `n` elements, or of those that a closed queue still has.
        @_disfavoredOverload
        public func dequeue_up_to(_ n: Int, name: String? = nil) -> [Tensor] {
            taking(n, true, name)
        }
        /// The next `n` elements of a queue of one component, or those that a closed queue still has.
        public func dequeue_up_to(_ n: Int, name: String? = nil) -> Tensor {
            single(dequeue_up_to(n, name: name))
        }

        private func single(_ tensors: [Tensor]) -> Tensor {
            tensors.count == 1 ? tensors[0] : wrong("one component was asked for")
        }
        private func pair(_ tensors: [Tensor]) -> (Tensor, Tensor) {
            if tensors.count == 2 { return (tensors[0], tensors[1]) }
            let none = wrong("two components were asked for")
            return (none, none)
        }

        private func taking(_ count: Int?, _ isPartial: Bool, _ name: String?) -> [Tensor] {
            let operation = "\(kind)Dequeue"
            guard let types = known, count ?? 1 > 0 else {
                let reason =
                    "a queue without shapes gives tensors when what is put in was built: give `shapes`; "
                    + "a batch has at least one element"
                return dtypes.map { _ in .invalid(operation, name, reason) }
            }
            let results = types.map { type in
                guard let count else { return type }
                let inner = (0..<(type.shape.rank ?? 0)).map { type.shape[$0] }
                return TensorType(type.dtype, Shape([isPartial ? nil : count] + inner))
            }
            return pulled(operation, results, [], name) { _ in
                let elements = try self.take(count ?? 1, isPartial: isPartial)
                guard count != nil else { return elements[0] }
                let isPadded = self.isPadded
                return try types.indices.map { component in
                    let arrays = elements.map { $0[component] }
                    return try NDArray.batch(arrays, padding: isPadded ? BatchPadding() : nil)
                }
            }
        }

        /// Takes elements, waiting for them.
        func take(_ count: Int, isPartial: Bool = false) throws -> [[NDArray]] {
            try locked {
                while isTaking { condition.wait() }
                isTaking = true
                defer {
                    isTaking = false
                    condition.broadcast()
                }
                var taken: [[NDArray]] = []
                while taken.count < count {
                    if elements.count > (isOpen ? least : 0) {
                        taken.append(removeNext())
                        condition.broadcast()
                    } else if isOpen {
                        condition.wait()
                    } else if isPartial, !taken.isEmpty {
                        break
                    } else {
                        elements.insert(contentsOf: taken, at: 0)
                        throw errors.OutOfRangeError(
                            "\(kind) '\(name)' is closed and has insufficient elements (requested "
                                + "\(count), current size \(elements.count))")
                    }
                }
                return taken
            }
        }

        /// The first element, or a random one of a queue that shuffles.
        private func removeNext() -> [NDArray] {
            guard var random = generator else { return elements.removeFirst() }
            elements.swapAt(
                Int.random(in: elements.indices, using: &random), elements.count - 1)
            generator = random
            return elements.removeLast()
        }

        // MARK: State

        /// Closes the queue: nothing more may be put in, and what is there may be taken out.
        ///
        /// - Parameter cancel_pending_enqueues: Whether runs that wait for room fail.
        public func close(
            cancel_pending_enqueues: Bool = false, name: String? = nil
        ) -> Operation {
            let close = HostFunction("\(kind)Close", results: [], isStateful: true) { _ in
                self.end(cancels: cancel_pending_enqueues)
                return []
            }
            return Operation(hostUpdate(close, []), name: name ?? "\(self.name)_close")
        }

        /// Opens a closed queue again, empty, for runners that start anew, as in another session.
        func reopen() {
            let isNew = locked {
                if isOpen { return false }
                elements = []
                (isOpen, isCancelled) = (true, false)
                return true
            }
            if isNew { whenReopened?() }
        }

        func end(cancels: Bool) {
            locked {
                isOpen = false
                isCancelled = isCancelled || cancels
                condition.broadcast()
            }
        }

        /// How many elements there are, when it is run.
        public func size(name: String? = nil) -> Tensor {
            pulled("\(kind)Size", [TensorType(.int32, [])], [], name) { _ in
                [NDArray(Int32(clamping: self.locked { self.elements.count }))]
            }[0]
        }

        /// Whether the queue was closed, when it is run.
        public func is_closed(name: String? = nil) -> Tensor {
            pulled("\(kind)IsClosed", [TensorType(.bool, [])], [], name) { _ in
                [NDArray(!self.locked { self.isOpen })]
            }[0]
        }
    }
}
