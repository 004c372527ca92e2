// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftData
import WeftFormats

/// Files of comma-separated values, sound and damaged.
@Suite struct CSVTests {
    /// A file of these bytes, opened.
    private func with(
        _ text: String, columns: CSVFile.Columns = .firstRecord, separator: Character = ",",
        _ body: (CSVFile) throws -> Void
    ) throws {
        try inFolder { folder in
            let path = folder.appending(path: "x.csv").path
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try body(try CSVFile(path, columns: columns, separator: separator))
        }
    }

    private func rows(_ file: CSVFile) throws -> [[String?]] {
        try file.records().map { row in try file.columns.map { try row.text($0) } }.elements()
    }

    @Test("quotes, line ends of each kind, a mark, blank lines and no last line end")
    func format() throws {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                "\u{FEFF}name,\"a \"\"b\"\"\"\(end)x,1\(end)\(end)\"y,\(end)z\",\"\"\"\"\(end)déjà, 2 "
            try with(text) { (file) throws in
                #expect(file.columns == ["name", "a \"b\""])
                #expect(
                    try rows(file) == [["x", "1"], ["y,\(end)z", "\""], ["déjà", " 2 "]])
                let records = try file.records().elements()
                #expect(records.map(\.number) == [0, 1, 2])
                #expect(records.map(\.line) == [2, 4, 6])
                #expect(try records[2].integer("a \"b\"") == 2)
            }
        }
        // Blanks around names are none of theirs, as of numbers.
        try with("a, b\n1, 2\n") { (file) throws in
            #expect(file.columns == ["a", "b"])
            #expect(try file.records().elements()[0].number("b") == 2)
        }
        try with("1;2\n3;4\n", columns: .numbered, separator: ";") { (file) throws in
            #expect(file.columns == ["0", "1"])
            #expect(try rows(file) == [["1", "2"], ["3", "4"]])
        }
        try with("1\t\"2\"", columns: .named(["a", "b"]), separator: "\t") { (file) throws in
            #expect(
                try file.records().map { try $0.numbers(["b", "a"]) }.elements()[0].doubles == [
                    2, 1,
                ])
        }
        try with("a,b\n") { (file) throws in #expect(try rows(file).isEmpty) }
        try with("a,b\n,\n\"\",x") { (file) throws in
            #expect(try rows(file) == [[nil, nil], [nil, "x"]])
        }
    }

    @Test("types, missing values and categories")
    func types() throws {
        let text = "n,i,c\n1.5,-3,red\nNA,?, \n1e400,9223372036854775807,blue\n"
        try with(text) { (file) throws in
            let records = try file.records().elements()
            #expect(try records[0].number("n") == 1.5 && records[0].integer("i") == -3)
            #expect(try records[1].number("n", missing: -1) == -1)
            #expect(try records[1].integer("i", missing: 7) == 7)
            #expect(try records[2].integer("i") == .max && records[2].number("n") == .infinity)
            #expect(try records[2].category("c", among: ["blue", "red"]) == 0)
            #expect(try records[1].category("c", among: ["blue", "red"], missing: 2) == 2)
            #expect(try records[0].category("c", among: ["blue"], missing: 2) == 2)
            let place = "csv, '\(file.path)', record 1, line 3, column"
            let table: [(String, String)] = [
                (
                    errorText { _ = try records[1].number("n") } ?? "",
                    "\(place) 'n': the value is missing"
                ),
                (errorText { _ = try records[0].integer("n") } ?? "", "'1.5' is no integer"),
                (errorText { _ = try records[0].number("c") } ?? "", "'red' is no number"),
                (
                    errorText { _ = try records[0].category("c", among: ["blue"]) } ?? "",
                    "'red' is none of the categories 'blue'"
                ),
                (
                    errorText { _ = try records[0].text("x") } ?? "",
                    "no column 'x'; the first are 'n', 'i', 'c'"
                ),
            ]
            for (error, part) in table { #expect(error.contains(part), "\(error)") }
        }
    }

    @Test("what stands in the columns")
    func summary() throws {
        try with("i,n,t,m\n1,0.5,x,\n2,1.5,y,NA\n3,2.5,x,\n,,,\n") { (file) throws in
            let summary = try file.summary()
            #expect(summary.recordCount == 4)
            #expect(summary.columns.map(\.kind) == [.integer, .number, .text, .missing])
            #expect(summary.columns.map(\.missingCount) == [1, 1, 1, 4])
            let numbers = try #require(summary.column("n"))
            #expect(numbers.mean == 1.5 && numbers.minimum == 0.5 && numbers.maximum == 2.5)
            #expect(numbers.standardDeviation == (2.0 / 3).squareRoot())
            #expect(summary.column("t")?.values == ["x", "y"] && summary.column("t")?.mean == nil)
            #expect(try file.summary(mostValues: 1).column("t")?.values == nil)
        }
    }

    @Test("damaged records are errors with file, line and column, and reading goes on behind them")
    func damage() throws {
        try with("a,b\n1,2\n3\n4,5,6\n\"x\"y,1\n7,8\n") { (file) throws in
            let stream = file.records().stream()
            func text() -> String? { errorText { _ = try stream.next() } }
            #expect(text() == nil)
            #expect(
                text()
                    == "csv, '\(file.path)', record 1, line 3: the record has 1 fields for 2 columns"
            )
            #expect(text()?.contains("record 2, line 4: the record has 3 fields") == true)
            #expect(text()?.contains("record 3, line 5: text follows a quoted field") == true)
            #expect(try stream.next()?.numbers(["a", "b"]).doubles == [7, 8])
            #expect(try stream.next() == nil)
        }
        // Lines are counted alike whichever their ends are, also those in quotes.
        for end in ["\n", "\r\n", "\r"] {
            let text = "a\(end)\"1\(end)\(end)2\"\(end)x,y\(end)"
            try with(text) { (file) throws in
                let error = errorText { _ = try file.records().elements() }
                #expect(error?.contains("record 1, line 5") == true, "\(error ?? "")")
            }
        }
        try with("a,b\n1,\"2\n3,4\n") { (file) throws in
            let error = errorText { _ = try file.records().elements() }
            #expect(error?.contains("a quote in line 2 has no other one") == true, "\(error ?? "")")
        }
        func opening(_ text: String, columns: CSVFile.Columns = .firstRecord) -> String {
            errorText { try with(text, columns: columns) { _ in } } ?? "no error"
        }
        #expect(opening("").contains("the file is empty"))
        #expect(opening("\n\n").contains("the file is empty"))
        #expect(opening("a,b,a").contains("two columns are called 'a'"))
        #expect(opening("1,2", columns: .named(["a"])).contains("2 fields for 1 columns"))
        #expect(throws: FileError.self) { try CSVFile("/nowhere/at/all.csv") }
        #expect(throws: DataError.self) { try with("a", separator: "\"") { _ in } }
        try inFolder { folder in
            let url = folder.appending(path: "x.csv")
            try Data([0x61, 0x0A, 0xFF, 0xFE, 0x0A]).write(to: url)
            let error = errorText {
                _ = try CSVFile(url.path).records().map { try $0.text("a") }.elements()
            }
            #expect(error?.contains("line 2, column 'a': the field is no text in UTF-8") == true)
            // A file that goes away between two streams.
            let file = try CSVFile(url.path)
            try FileManager.default.removeItem(at: url)
            #expect(throws: FileError.self) { try file.records().stream().next() }
        }
    }

    @Test("from every position, through a shuffled and parallel pipeline, at every size of blocks")
    func resumption() throws {
        let lines = (0..<300).map { "\($0),\"line\n\($0)\"\n" }.joined()
        try with("n,t\n" + lines) { (file) throws in
            func stream() -> DataStream<Double> {
                file.records().shuffled(seed: 2, bufferSize: 20)
                    .map(threads: 2) { try $0.number("n") + Double($0.line) }
                    .prefetch(3).stream()
            }
            let whole = stream()
            var all: [Double?] = []
            for _ in 0..<620 { all.append(try whole.next()) }
            #expect(Set(all[..<300]).count == 300 && all[300] == nil)
            #expect(all[..<300] != all[301..<601])
            let running = stream()
            for cut in 0..<400 {
                if cut % 29 == 0 {
                    let resumed = stream()
                    try resumed.importState(running.exportState())
                    for place in cut..<cut + 40 { #expect(try resumed.next() == all[place]) }
                }
                _ = try running.next()
            }
        }
    }

    @Test("a file larger than what is in memory of it, also compressed")
    func large() throws {
        try inFolder { folder in
            let url = folder.appending(path: "x.csv")
            let text = "a,b\n" + (0..<200_000).map { "\($0),\"\($0 % 7)\"\n" }.joined()
            try Data(text.utf8).write(to: url)
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
            gzip.arguments = ["-c", "gzip -k '\(url.path)'"]
            try gzip.run()
            gzip.waitUntilExit()
            #expect(gzip.terminationStatus == 0)
            var expected: Int64 = 0
            for number in 0..<200_000 { expected += Int64(number + number % 7) }
            for path in [url.path, url.path + ".gz"] {
                let stream = try CSVFile(path).records().stream()
                var sum: Int64 = 0
                while let row = try stream.next() {
                    sum += try row.integer("a") + row.integer("b")
                    if row.number == 150_000 {
                        let other = try CSVFile(path).records().stream()
                        try other.importState(stream.exportState())
                        #expect(try other.next()?.integer("a") == 150_001)
                    }
                }
                #expect(sum == expected)
            }
            // A compressed file that was cut off, or changed.
            var packed = try Data(contentsOf: URL(fileURLWithPath: url.path + ".gz"))
            try packed.prefix(packed.count / 2).write(to: url)
            #expect(throws: FileError.self) { try CSVFile(url.path).records().elements() }
            packed[packed.count / 2] ^= 0xFF
            try packed.write(to: url)
            #expect(throws: (any Error).self) { try CSVFile(url.path).records().elements() }
            // Somebody who passes over each error comes to an end all the same.
            let stream = try CSVFile(url.path).records().stream()
            var errors = 0
            while stream.epoch == 0, errors < 200_000 {
                do { _ = try stream.next() } catch { errors += 1 }
            }
            #expect((1..<200_000).contains(errors))
        }
    }

    /// A file that gzip has made of many equal bytes.
    private func packed(_ text: String, count: Int, at url: URL) throws {
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
        gzip.arguments = [
            "-c", "head -c \(count) /dev/zero | tr '\\0' '\(text)' | gzip -1 > '\(url.path)'",
        ]
        try gzip.run()
        gzip.waitUntilExit()
        try #require(gzip.terminationStatus == 0)
    }

    @Test("a small file that unpacks to a record without an end")
    func expansion() throws {
        try inFolder { folder in
            let url = folder.appending(path: "x.gz")
            // Empty fields take no bytes, but each has its end.
            try packed(",", count: 40 << 20, at: url)
            var error = errorText { _ = try CSVFile(url.path) }
            #expect(error?.contains("record takes more than 256 MiB") == true, "\(error ?? "")")
            try packed("x", count: 300 << 20, at: url)
            error = errorText { _ = try CSVFile(url.path) }
            #expect(error?.contains("record takes more than 256 MiB") == true, "\(error ?? "")")
            let lines = Dataset(linesOf: url.path).stream()
            error = errorText { _ = try lines.next() }
            #expect(error?.contains("the line is longer than 256 MiB") == true, "\(error ?? "")")
            #expect(try lines.next() == nil)
        }
    }
}
