// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A function of a session: runs with fixed feeds and fetches, for hot loops.
///
/// `Input` has an array for each feed, `Output` one for each fetch, so that a property's type says what
/// goes in and out:
///
/// ```swift
/// struct Classifier {
///     let predict: SessionFunction<NDArray, NDArray>
///     let train: SessionFunction<(NDArray, NDArray), (NDArray, NDArray)>
/// }
/// ```
public struct SessionFunction<Input, Output>: Sendable {
    private let session: Session
    private let feeds: [AnyTensor]
    private let fetches: [AnyTensor]
    private let output: @Sendable ([NDArray]) -> Output

    init(
        _ session: Session, _ feeds: [AnyTensor], _ fetches: [AnyTensor],
        _ output: @escaping @Sendable ([NDArray]) -> Output
    ) {
        self.session = session
        self.feeds = feeds
        self.fetches = fetches
        self.output = output
    }

    /// Runs with these arrays fed.
    ///
    /// - Throws: what `Session.run` throws.
    public func callAsFunction<each Argument: FedArray>(
        _ arrays: repeat each Argument
    ) throws -> Output where Input == (repeat each Argument) {
        try output(session.run(fetches, pairs(repeat each arrays), nil))
    }

    /// Runs with these arrays fed, on another thread; cancelling the task stops the run.
    ///
    /// - Throws: what `Session.run` throws.
    public func detached<each Argument: FedArray>(
        _ arrays: repeat each Argument, deadline: ContinuousClock.Instant? = nil
    ) async throws -> Output where Input == (repeat each Argument) {
        output(try await session.runDetached(fetches, pairs(repeat each arrays), deadline))
    }

    private func pairs<each Argument: FedArray>(
        _ arrays: repeat each Argument
    ) -> [Feeds.Pair] {
        var pairs: [Feeds.Pair] = []
        pairs.reserveCapacity(feeds.count)
        for array in repeat each arrays {
            pairs.append(Feeds.Pair(tensor: feeds[pairs.count], array: array.fedArray))
        }
        return pairs
    }
}

/// What a ``SessionFunction`` takes: `NDArray`.
public protocol FedArray: Sendable {
    /// The array.
    var fedArray: NDArray { get }
}

extension NDArray: FedArray {
    /// The array itself.
    public var fedArray: NDArray { self }
}

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
    ) -> SessionFunction<(repeat ArrayFor<each Input>), (repeat ArrayFor<each Output>)> {
        var feeds: [AnyTensor] = []
        repeat feeds.append((each inputs).anyTensor)
        var fetches: [AnyTensor] = []
        repeat fetches.append((each outputs).anyTensor)
        return SessionFunction(self, feeds, fetches) { results in
            var index = 0
            func next<T>(_: T.Type) -> NDArray {
                defer { index += 1 }
                return results[index]
            }
            return (repeat next((each Output).self))
        }
    }

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
    ) -> SessionFunction<(repeat ArrayFor<each Input>), NDArray> {
        var feeds: [AnyTensor] = []
        repeat feeds.append((each inputs).anyTensor)
        return SessionFunction(self, feeds, [output.anyTensor]) { $0[0] }
    }
}

/// The array that belongs to a tensor: `NDArray`, written so that a parameter pack maps to it.
public typealias ArrayFor<T> = NDArray
