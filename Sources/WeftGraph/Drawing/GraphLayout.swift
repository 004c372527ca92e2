// SPDX-License-Identifier: Apache-2.0

/// The places of a section's boxes.
///
/// The forward part stands in layers by the longest way from a source, ordered so that few lines cross
/// (each box near the mean of its neighbours, swept down and up); lines over several layers have a place
/// in each. A gradient stands in the row of what it belongs to, in a column beside, an update in the
/// next one. What needs a gradient or an update stands below all. Lines between updates are left out.
struct GraphLayout {
    struct Box {
        var x = 0
        var y = 0
        var width = 0
        var height = 0
        var row = 0
    }

    struct Line {
        var from: Int
        var to: Int
        /// Whether it leads to another column or below all of them.
        var isAside = false
        /// Where it passes through the rows between.
        var points: [(x: Int, y: Int)] = []
    }

    static let lineHeight = 14
    private static let rowGap = 34
    private static let gap = 18
    private static let columnGap = 70
    private static let sweeps = 4
    /// More than these pass through no places of their own.
    private static let mostPassages = 4000

    private(set) var boxes: [Box] = []
    private(set) var lines: [Line] = []
    private(set) var width = 0
    private(set) var height = 0

    init(_ units: [GraphUnit], texts: [[GraphUnitLine]]) {
        boxes = texts.map { lines in
            let letters = lines.map(\.text.count).max() ?? 0
            return Box(
                width: Swift.max(letters * 13 / 2 + 18, 40),
                height: lines.count * Self.lineHeight + 10)
        }
        let isLast = Self.needsOtherColumns(units)
        let forward = units.indices.filter { units[$0].column == .forward && !isLast[$0] }
        var rows = layer(units, forward)
        // Beside their partners, or in the row of the last of what they use.
        for column in [GraphUnit.Column.gradient, .update] {
            for place in units.indices where units[place].column == column {
                let row =
                    units[place].partner.map { boxes[$0].row }
                    ?? units[place].operands.filter { units[$0].column == .forward && !isLast[$0] }
                    .map { boxes[$0].row }.max()
                    ?? units[place].operands.map { boxes[$0].row }.max() ?? 0
                boxes[place].row = row
            }
        }
        let last = (boxes.map(\.row).max() ?? 0) + 1
        var below: [Int: [Int]] = [:]
        for place in units.indices where isLast[place] {
            let row =
                (units[place].operands.filter { isLast[$0] }.map { boxes[$0].row }.max() ?? last - 1)
                + 1
            boxes[place].row = row
            below[row, default: []].append(place)
        }
        placeRows(units, isLast, &rows, below)
    }

    /// Whether a box of the forward part can stand only below the gradients or updates.
    private static func needsOtherColumns(_ units: [GraphUnit]) -> [Bool] {
        var result = units.map { _ in false }
        for place in units.indices where units[place].column == .forward {
            result[place] = units[place].operands.contains {
                units[$0].column != .forward || ($0 < place && result[$0])
            }
        }
        return result
    }

    /// A box, or the place of a line in a row between its ends.
    private enum Item {
        case box(Int)
        case passage(line: Int)
    }

    private struct Rows {
        var items: [[Item]] = []
        var columnWidth = 0
    }

    /// Puts the forward part into rows, each in order.
    private mutating func layer(_ units: [GraphUnit], _ forward: [Int]) -> Rows {
        var isForward = units.map { _ in false }
        for place in forward { isForward[place] = true }
        // Lines that lead back, as between scopes that use each other, make no layers.
        var operands: [[Int]] = units.map { _ in [] }
        var users: [[Int]] = units.map { _ in [] }
        for place in forward {
            operands[place] = units[place].operands.filter { isForward[$0] && $0 < place }
            for operand in operands[place] {
                boxes[place].row = Swift.max(boxes[place].row, boxes[operand].row + 1)
                users[operand].append(place)
            }
        }
        // A source stands right above the first box that uses it.
        for place in forward where operands[place].isEmpty {
            if let first = users[place].map({ boxes[$0].row }).min() {
                boxes[place].row = first - 1
            }
        }
        for place in forward {
            for operand in operands[place] { lines.append(Line(from: operand, to: place)) }
        }
        var rows = Rows(
            items: Array(repeating: [], count: (forward.map { boxes[$0].row }.max() ?? -1) + 1))
        for place in forward { rows.items[boxes[place].row].append(.box(place)) }
        let spans = lines.map { boxes[$0.to].row - boxes[$0.from].row - 1 }
        if spans.reduce(0, +) <= Self.mostPassages {
            for (line, span) in spans.enumerated() where span > 0 {
                for row in boxes[lines[line].from].row + 1..<boxes[lines[line].to].row {
                    rows.items[row].append(.passage(line: line))
                }
            }
        }
        order(&rows, operands, users)
        return rows
    }

    private func order(_ rows: inout Rows, _ operands: [[Int]], _ users: [[Int]]) {
        var place = boxes.map { _ in 0.0 }
        var passage: [Int: [Int: Double]] = [:]
        func number(_ row: Int, _ items: [Item]) {
            for (position, item) in items.enumerated() {
                let middle = Double(position) - Double(items.count) / 2
                switch item {
                case .box(let box): place[box] = middle
                case .passage(let line): passage[line, default: [:]][row] = middle
                }
            }
        }
        var linesOf: [Int: [(line: Int, other: Int)]] = [:]
        for (number, line) in lines.enumerated() {
            linesOf[line.from, default: []].append((number, line.to))
            linesOf[line.to, default: []].append((number, line.from))
        }
        for row in rows.items.indices { number(row, rows.items[row]) }
        for sweep in 0..<Self.sweeps {
            let step = sweep % 2 == 0 ? -1 : 1
            let indices = Array(rows.items.indices)
            for row in sweep % 2 == 0 ? indices : indices.reversed() {
                func position(_ line: Int, _ end: Int) -> Double {
                    passage[line]?[row + step] ?? place[end]
                }
                let wanted = rows.items[row].enumerated().map { offset, item -> (Double, Int) in
                    var found: [Double] = []
                    switch item {
                    case .box(let box):
                        for (line, other) in linesOf[box] ?? []
                        where (boxes[other].row < row) == (step < 0) {
                            found.append(position(line, other))
                        }
                        if found.isEmpty { found = [place[box]] }
                    case .passage(let line):
                        found = [position(line, step < 0 ? lines[line].from : lines[line].to)]
                    }
                    return (found.reduce(0, +) / Double(found.count), offset)
                }
                let items = rows.items[row]
                rows.items[row] = wanted.sorted { $0 < $1 }.map { items[$0.1] }
                number(row, rows.items[row])
            }
        }
    }

    private func width(_ item: Item) -> Int {
        if case .box(let box) = item { boxes[box].width } else { 8 }
    }

    private mutating func placeRows(
        _ units: [GraphUnit], _ isLast: [Bool], _ rows: inout Rows, _ below: [Int: [Int]]
    ) {
        let rowCount = (boxes.map(\.row).max() ?? -1) + 1
        var heights = Array(repeating: 0, count: rowCount)
        for box in boxes { heights[box.row] = Swift.max(heights[box.row], box.height) }
        var tops: [Int] = []
        for row in heights.indices {
            tops.append(height)
            height += heights[row] + (row == rowCount - 1 ? 0 : Self.rowGap)
        }
        for box in boxes.indices {
            boxes[box].y = tops[boxes[box].row] + (heights[boxes[box].row] - boxes[box].height) / 2
        }
        var columns = [rows.items]
        for column in [GraphUnit.Column.gradient, .update] {
            var items: [[Item]] = Array(repeating: [], count: rowCount)
            for place in units.indices where units[place].column == column {
                items[boxes[place].row].append(.box(place))
            }
            columns.append(items.contains { !$0.isEmpty } ? items : [])
        }
        var left = Self.gap
        for items in columns where !items.isEmpty {
            let widths = items.map { $0.reduce(0) { $0 + width($1) + Self.gap } - Self.gap }
            let columnWidth = widths.max() ?? 0
            for (row, items) in items.enumerated() {
                // Every row in the middle.
                var x = left + (columnWidth - widths[row]) / 2
                for item in items {
                    switch item {
                    case .box(let box): boxes[box].x = x
                    case .passage(let line):
                        lines[line].points.append((x + 4, tops[row]))
                        lines[line].points.append((x + 4, tops[row] + heights[row]))
                    }
                    x += width(item) + Self.gap
                }
            }
            left += columnWidth + Self.columnGap
        }
        width = left - Self.columnGap + Self.gap
        for row in below.keys.sorted() {
            var x = Self.gap
            for box in below[row] ?? [] {
                let users = units[box].operands.map { boxes[$0].x + boxes[$0].width / 2 }
                let wanted =
                    users.isEmpty ? x : users.reduce(0, +) / users.count - boxes[box].width / 2
                boxes[box].x = Swift.max(x, wanted)
                x = boxes[box].x + boxes[box].width + Self.gap
            }
            width = Swift.max(width, x)
        }
        var drawn = Set(lines.map { [$0.from, $0.to] })
        for place in units.indices {
            for operand in units[place].operands where drawn.insert([operand, place]).inserted {
                let (from, to) = (units[operand].column, units[place].column)
                // What all updates of a rule share would be lines from each to each.
                if from == .update, to == .update { continue }
                lines.append(
                    Line(
                        from: operand, to: place,
                        isAside: from != to || isLast[place] && !isLast[operand]))
            }
        }
    }
}
