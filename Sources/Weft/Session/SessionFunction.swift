// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

extension Session {
    /// A function that runs the session with fixed feeds and fetches, for hot loops.
    ///
    /// ```swift
    /// let step = session.function(feeding: x, y, fetching: loss, train)
    /// let (lossValue, _) = try step(images, labels)
    /// ```
    ///
    /// - Throws: from the function, what `run` throws.
    public func function<
        each Input: TensorConvertible & SendableMetatype,
        each Output: TensorConvertible & SendableMetatype
    >(
        feeding inputs: repeat each Input, fetching outputs: repeat each Output
    ) -> @Sendable (repeat ArrayFor<each Input>) throws -> (repeat ArrayFor<each Output>) {
        var feeds: [AnyTensor] = []
        repeat feeds.append((each inputs).anyTensor)
        var fetches: [AnyTensor] = []
        repeat fetches.append((each outputs).anyTensor)
        let (feedTensors, fetchTensors) = (feeds, fetches)
        return { (arrays: repeat ArrayFor<each Input>) in
            var pairs: [Feeds.Pair] = []
            pairs.reserveCapacity(feedTensors.count)
            for array in repeat each arrays {
                pairs.append(Feeds.Pair(tensor: feedTensors[pairs.count], array: array))
            }
            let results = try self.run(fetchTensors, pairs, nil)
            var index = 0
            func next<T>(_: T.Type) -> NDArray {
                defer { index += 1 }
                return results[index]
            }
            return (repeat next((each Output).self))
        }
    }
}

extension Session {
    /// A function that runs the session with fixed feeds and one fetch, for hot loops.
    ///
    /// ```swift
    /// let predict = session.function(feeding: x, fetching: y)
    /// let scores = try predict(images)
    /// ```
    ///
    /// - Throws: from the function, what `run` throws.
    public func function<
        each Input: TensorConvertible & SendableMetatype, Output: TensorConvertible
    >(
        feeding inputs: repeat each Input, fetching output: Output
    ) -> @Sendable (repeat ArrayFor<each Input>) throws -> NDArray {
        var feeds: [AnyTensor] = []
        repeat feeds.append((each inputs).anyTensor)
        let (feedTensors, fetchTensors) = (feeds, [output.anyTensor])
        return { (arrays: repeat ArrayFor<each Input>) in
            var pairs: [Feeds.Pair] = []
            pairs.reserveCapacity(feedTensors.count)
            for array in repeat each arrays {
                pairs.append(Feeds.Pair(tensor: feedTensors[pairs.count], array: array))
            }
            return try self.run(fetchTensors, pairs, nil)[0]
        }
    }
}

/// The array that belongs to a tensor: `NDArray`, written so that a parameter pack maps to it.
public typealias ArrayFor<T> = NDArray
