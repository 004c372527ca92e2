// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

extension NDArray {
    /// Classes as vectors with a 1 at the class's place: labels `[…]` of integers → `f32[…, classes]`.
    ///
    /// - Parameters:
    ///   - labels: The classes, from 0 on.
    ///   - classes: How many there are.
    /// - Throws: `DataError` when a label is no class, `ArrayError` when there is no memory for the vectors.
    public init(oneHot labels: NDArray, classes: Int) throws {
        let places = try labels.classNumbers(below: classes, "oneHot")
        var array = try NDArray(repeating: Float(0), shape: labels.shape + [classes])
        array.withUnsafeMutableBytes { bytes in
            let numbers = bytes.bindMemory(to: Float.self)
            for (row, place) in places.enumerated() { numbers[row * classes + place] = 1 }
        }
        self = array
    }

    /// Weights that let each class count as much as any other: the number of labels, divided by the number of classes and
    /// by that of the class's labels; 0 for a class without labels. `f32[classes]`.
    ///
    /// - Parameters:
    ///   - labels: The classes of the training examples, from 0 on.
    ///   - classes: How many there are.
    /// - Throws: `DataError` when a label is no class.
    public init(classWeightsOf labels: NDArray, classes: Int) throws {
        let places = try labels.classNumbers(below: classes, "classWeights")
        var counts = [Int](repeating: 0, count: classes)
        for place in places { counts[place] += 1 }
        let share = Double(places.count) / Double(Swift.max(classes, 1))
        self.init(counts.map { $0 > 0 ? Float(share / Double($0)) : 0 })
    }

    /// The elements, which must be integers from 0 to below `classes`.
    private func classNumbers(below classes: Int, _ stage: String) throws -> [Int] {
        guard (0...1 << 31).contains(classes) else {
            throw DataError(stage, "there are no \(classes) classes; give from 0 to 2147483648")
        }
        guard dtype.isInteger else {
            throw DataError(stage, "labels of \(dtype) are no classes; give integers")
        }
        return try cast(to: .int64).scalars(as: Int64.self).enumerated().map { place, label in
            guard label >= 0, label < classes else {
                throw DataError(
                    stage, record: place,
                    "the label \(label) is none of \(classes) classes from 0 on")
            }
            return Int(label)
        }
    }
}

extension Dataset {
    /// Two parts without an element in common, drawn at random by a seed, each in the order of the whole.
    ///
    /// The elements must have indices and a fixed order: split before `shuffled`, since what is shuffled anew in
    /// each epoch would bring elements of one part into the other.
    ///
    /// ```swift
    /// let (training, validation) = examples.split(validation: 0.2, seed: 1)
    /// ```
    ///
    /// - Parameters:
    ///   - share: Which share of the elements goes into the validation part, from 0 to 1, rounded to whole elements.
    ///   - seed: The same seed draws the same parts.
    public func split(
        validation share: Double, seed: UInt64
    ) -> (training: Dataset, validation: Dataset) {
        let groups = (count ?? 0) <= IndexOrder.mostShuffled ? [Array(0..<(count ?? 0))] : []
        return parts(share, seed, splitFault(share), groups)
    }

    /// Two parts without an element in common, in which each stratum has the same share: a class that is rare
    /// is in both. All elements are read once.
    ///
    /// - Parameters:
    ///   - share: Which share of each stratum goes into the validation part, from 0 to 1, rounded to whole elements.
    ///   - seed: The same seed draws the same parts.
    ///   - stratum: The stratum of an element, such as its class.
    /// - Throws: `DataError` when an element cannot be read, or what makes no sense; what `stratum` throws.
    public func split<Stratum: Hashable>(
        validation share: Double, seed: UInt64, by stratum: (Element) throws -> Stratum
    ) throws -> (training: Dataset, validation: Dataset) {
        if let fault = splitFault(share) ?? fault { throw fault }
        var groups: [[Int]] = []
        var places: [Stratum: Int] = [:]
        let stream = stream()
        while let element = try stream.next() {
            let stratum = try stratum(element)
            // In the order in which they first come, which is the same in each run.
            let place = places[stratum] ?? groups.count
            if place == groups.count {
                places[stratum] = place
                groups.append([])
            }
            groups[place].append(stream.count - 1)
        }
        return parts(share, seed, nil, groups)
    }

    private func splitFault(_ share: Double) -> DataError? {
        if !(0...1).contains(share) {
            return DataError(
                "split", "the share \(share) of the validation part is not from 0 to 1")
        }
        guard let ordered else {
            return DataError(
                "split",
                "elements without indices, as those of files and after `filter`, cannot be split; read them first: "
                    + "`Dataset(try dataset.elements())`")
        }
        if ordered.order.isShuffled {
            return DataError("split", "each epoch has another order here; split before `shuffled`")
        }
        return nil
    }

    private func parts(
        _ share: Double, _ seed: UInt64, _ fault: DataError?, _ groups: [[Int]]
    ) -> (training: Dataset, validation: Dataset) {
        guard fault == nil, let ordered else {
            let broken = Dataset(source: "\(description) → split", fault: self.fault ?? fault) {
                throw fault ?? DataError("split", "there are no indices")
            }
            return (broken, broken)
        }
        var (training, validation): ([Int], [Int]) = ([], [])
        for (number, group) in groups.enumerated() {
            var drawn = group
            // Each stratum has draws of its own.
            Shuffling.shuffle(&drawn, seed: seed, pass: number)
            let count = Int((share * Double(group.count)).rounded())
            validation += drawn.prefix(count)
            training += drawn.dropFirst(count)
        }
        func part(_ name: String, _ places: [Int]) -> Dataset {
            Dataset(
                "\(description) → \(name)(\(places.count), seed: \(seed))",
                Ordered(order: ordered.order.listed(places.sorted()), cursor: ordered.cursor),
                fault: self.fault)
        }
        return (part("training", training), part("validation", validation))
    }
}
