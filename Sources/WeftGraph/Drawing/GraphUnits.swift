// SPDX-License-Identifier: Apache-2.0

/// What a drawing shows as one box: an operation, a name scope that is closed, what belongs to the
/// gradient of one of these, what updates the variables of one, or a name of the graph's results.
struct GraphUnit {
    /// The column that a box stands in, beside the box that it belongs to.
    enum Column: Int, CaseIterable {
        case forward, gradient, update
    }

    var title: String
    /// In the order of the section. More than one in a closed box; none for a result's name.
    var nodes: [Node] = []
    var column = Column.forward
    /// The box that a gradient or an update belongs to.
    var partner: Int?
    /// The boxes whose values it uses, in ascending order.
    var operands: [Int] = []
    /// The values and constants that are shown inside and not as boxes of their own.
    var sources: [AnyTensor] = []
    /// What others use of it.
    var results: [AnyTensor] = []
    /// The scopes around, from the outside to the inside, of a box whose scopes are open.
    var scopes: [String] = []
}

/// The boxes of one section.
struct GraphUnits {
    private(set) var units: [GraphUnit] = []
    /// The box of each node that is in one.
    private(set) var places: [UInt64: Int] = [:]

    /// Drawings open as many scopes as give no more boxes than this, when they are not told.
    static let mostBoxes = 25

    /// - Parameter depth: how many levels of name scopes are open; with 0 a layer is one box.
    init(
        _ section: GraphOutline.Section, depth: Int,
        results: [(name: String, tensor: AnyTensor)] = []
    ) {
        var grouping = GraphGrouping(section.nodes, depth: depth)
        let inlined = Set(section.nodes.lazy.filter { $0.op.isSource }.map(\.id))
        var known: [GraphGrouping.Key: Int] = [:]
        for node in section.nodes where !inlined.contains(node.id) {
            let key = grouping.key(of: node)
            let place = known[key] ?? units.count
            if place == units.count {
                known[key] = place
                units.append(GraphUnit(title: "", column: key.column))
            }
            units[place].nodes.append(node)
            places[node.id] = place
        }
        let firstInScope = firstInScope
        for (key, place) in known {
            let partner = key.partner.flatMap { known[$0] ?? $0.scope.flatMap { firstInScope[$0] } }
            units[place].partner = partner
            units[place].title = key.title(
                units[place].nodes, partner: partner.map { units[$0].nodes })
            let path = GraphGrouping.path(units[place].nodes[0].origin)
            if case .node = key {
                units[place].scopes = path
            } else {
                units[place].scopes = Array(path.prefix(depth))
            }
        }
        connect(inlined, section.outputs)
        sort()
        for (name, tensor) in results {
            var unit = GraphUnit(title: name)
            if let place = places[tensor.node.id] {
                unit.operands = [place]
            } else {
                unit.sources = [tensor]
            }
            units.append(unit)
        }
    }

    /// For each scope the first box of the forward part that is in it.
    private var firstInScope: [String: Int] {
        var first: [String: Int] = [:]
        for (place, unit) in units.enumerated() where unit.column == .forward {
            for node in unit.nodes {
                var scope = node.origin.scope
                while !scope.isEmpty, first[scope] == nil {
                    first[scope] = place
                    scope = String(Origin.scope(ofName: scope))
                }
            }
        }
        return first
    }

    private mutating func connect(_ inlined: Set<UInt64>, _ outputs: [AnyTensor]) {
        var isUsed: Set<AnyTensor> = []
        for place in units.indices {
            var (operands, sources) = (Set<Int>(), [AnyTensor]())
            for input in units[place].nodes.lazy.flatMap(\.inputs) {
                if inlined.contains(input.node.id) {
                    if !sources.contains(input) { sources.append(input) }
                } else if let operand = places[input.node.id], operand != place {
                    operands.insert(operand)
                    if isUsed.insert(input).inserted { units[operand].results.append(input) }
                }
            }
            units[place].operands = operands.sorted()
            units[place].sources = sources
        }
        for output in outputs where isUsed.insert(output).inserted {
            if let place = places[output.node.id] { units[place].results.append(output) }
        }
    }

    /// Puts each box behind those that it uses, as far as there is no circle: two closed scopes may use
    /// each other.
    private mutating func sort() {
        var order: [Int] = []
        var isSeen = units.map { _ in false }
        var stack: [(place: Int, next: Int)] = []
        for root in units.indices where !isSeen[root] {
            isSeen[root] = true
            stack.append((root, 0))
            while let (place, next) = stack.last {
                guard next < units[place].operands.count else {
                    order.append(place)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let operand = units[place].operands[next]
                if !isSeen[operand] {
                    isSeen[operand] = true
                    stack.append((operand, 0))
                }
            }
        }
        var newPlace = order
        for (new, old) in order.enumerated() { newPlace[old] = new }
        units = order.map { old in
            var unit = units[old]
            unit.operands = unit.operands.map { newPlace[$0] }.sorted()
            unit.partner = unit.partner.map { newPlace[$0] }
            return unit
        }
        places = places.mapValues { newPlace[$0] }
    }

    /// How many levels are opened by default.
    static func usualDepth(_ section: GraphOutline.Section) -> Int {
        var best = 0
        for depth in 0...8 {
            var grouping = GraphGrouping(section.nodes, depth: depth)
            var keys: Set<GraphGrouping.Key> = []
            for node in section.nodes where !node.op.isSource {
                keys.insert(grouping.key(of: node))
            }
            if keys.count > mostBoxes { break }
            best = depth
        }
        return best
    }
}

extension Operation {
    /// Whether a drawing shows it inside of the boxes that use it: a variable's value, a constant.
    var isSource: Bool {
        switch self {
        case .readVariable, .primitive(.constant): true
        default: false
        }
    }
}

extension Graph {
    /// What is drawn: the graph itself, and the bodies of operations that have boxes of their own.
    struct Part {
        var section: Int
        /// Empty for the graph itself.
        var title: String
        var boxes: GraphUnits
        var units: [GraphUnit] { boxes.units }
    }

    func parts(depth: Int?, of outline: GraphOutline) -> [Part] {
        let depth = Swift.max(0, depth ?? GraphUnits.usualDepth(outline.sections[0]))
        var parts: [Part] = []
        var shown: [Int: Set<UInt64>] = [:]
        for (index, section) in outline.sections.enumerated() {
            if let parent = section.parent, shown[parent.section]?.contains(parent.node) != true {
                continue
            }
            let boxes = GraphUnits(
                section, depth: depth, results: index == 0 ? namedOutputs : section.results)
            shown[index] = Set(boxes.units.filter { $0.nodes.count == 1 }.map { $0.nodes[0].id })
            parts.append(Part(section: index, title: outline.title(index), boxes: boxes))
        }
        return parts
    }
}
