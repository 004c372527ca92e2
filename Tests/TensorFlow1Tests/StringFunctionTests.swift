// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing

extension TensorFlow1Tests {
    /// Strings and tables under TensorFlow 1's names.
    @Suite("TensorFlow 1's functions of strings") struct StringFunctionTests {
        init() { tf.reset_default_graph() }

        private func run(_ y: some TensorConvertible) throws -> NDArray {
            try tf.Session().session.run(y)
        }

        @Test("functions of strings")
        func functions() throws {
            let words = tf.constant(["a b", " c"])
            #expect(
                try run(tf.string_join([words, words], separator: "-")) == ["a b-a b", " c- c"])
            #expect(try run(tf.reduce_join(words, axis: [0])) == "a b c")
            #expect(try run(tf.as_string(tf.constant([1.5]), precision: 2)) == ["1.50"])
            #expect(
                try run(tf.as_string(tf.constant([5]), width: 3, fill: "0")) == ["005"])
            #expect(try run(tf.string_to_number(tf.constant(["2.5"]))) == [2.5])
            #expect(try run(tf.regex_replace(words, "\\s", "_")) == ["a_b", "_c"])
            #expect(try run(tf.strings.regex_full_match(words, "a.*")).doubles == [1, 0])
            #expect(try run(tf.substr(words, 0, 1)) == ["a", " "])
            #expect(try run(tf.string_strip(words)) == ["a b", "c"])
            #expect(try run(tf.strings.upper(words)) == ["A B", " C"])
            #expect(try run(tf.strings.length(words)).doubles == [3, 2])
            #expect(try run(tf.decode_base64(tf.encode_base64(words))) == ["a b", " c"])
            #expect(
                try run(tf.string_to_hash_bucket_fast(tf.constant(["a"]), 1_000_000_007)).doubles
                    == [384_735_799])
        }

        @Test("reduce_join goes along its axes in their order")
        func reduceJoin() throws {
            let cube = tf.constant([[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]])
            func joined(_ axis: [Int]?, _ keeps: Bool = false) throws -> NDArray {
                try run(tf.reduce_join(cube, axis: axis, keep_dims: keeps))
            }
            #expect(try joined([0, 1]) == ["aecg", "bfdh"])
            #expect(try joined([1, 0]) == ["aceg", "bdfh"])
            #expect(try joined([0, -1], true) == [[["aebf"], ["cgdh"]]])
            #expect(try joined([2, 1, 0]) == "abcdefgh")
            #expect(try joined([0, 1, 2]) == "aecgbfdh")
            #expect(try joined(nil) == "abcdefgh")
            #expect(try joined([]) == run(cube))
            #expect(tf.reduce_join(cube, axis: [0, -3]).error != nil)
            #expect(tf.reduce_join(cube, axis: [0, 3]).error != nil)
        }

        @Test("as_string takes the flags of printf")
        func asString() throws {
            let x = tf.constant([5, -5])
            #expect(try run(tf.as_string(x, fill: " ")) == [" 5", "-5"])
            #expect(try run(tf.as_string(x, fill: "+")) == ["+5", "-5"])
            #expect(try run(tf.as_string(x, width: 4, fill: "+")) == ["  +5", "  -5"])
            #expect(try run(tf.as_string(x, width: 4, fill: "0")) == ["0005", "-005"])
            #expect(try run(tf.as_string(x, width: 4, fill: "-")) == ["5   ", "-5  "])
            let y = tf.constant(NDArray([2.5, Double.infinity]))
            #expect(try run(tf.as_string(y, precision: 1, fill: "+")) == ["+2.5", "+inf"])
            #expect(try run(tf.as_string(tf.constant([true]), width: 8)) == ["true"])
            #expect(tf.as_string(x, fill: "#").error != nil)
            #expect(tf.as_string(x, scientific: true).error != nil)
            #expect(tf.as_string(x, shortest: true).error != nil)
            #expect(tf.as_string(y, scientific: true, shortest: true).error != nil)
        }

        @Test("units are bytes or characters, and no others")
        func units() throws {
            let x = tf.constant(["héy"])
            #expect(try run(tf.strings.length(x, unit: "UTF8_CHAR")).doubles == [3])
            #expect(try run(tf.strings.substr(x, 1, 1, unit: "UTF8_CHAR")) == ["é"])
            #expect(try run(tf.substr(x, 3, 5)) == ["y"])
            #expect(tf.strings.length(x, unit: "X").error != nil)
            #expect(tf.substr(x, 0, 1, unit: "utf8_char").error != nil)
            // Bytes that continue nothing are a character at the beginning.
            let odd = tf.constant(try NDArray(byteStrings: [[0x80, 0x80, 0x61, 0x62]], shape: [1]))
            func part(_ start: Int, _ count: Int) throws -> [[UInt8]] {
                try run(tf.substr(odd, start, count, unit: "UTF8_CHAR")).byteStrings()
            }
            #expect(try part(0, 1) == [[0x80, 0x80]])
            #expect(try part(0, 100) == [[0x80, 0x80, 0x61, 0x62]])
            #expect(try part(1, 1) == [[0x61]])
            #expect(try part(-3, 2) == [[0x80, 0x80, 0x61]])
        }

        @Test("string_split gives a sparse tensor of the parts")
        func split() throws {
            let sparse = tf.string_split(tf.constant(["a b  c", "", " x"]))
            let results = try tf.Session().session.run(
                [sparse.indices, sparse.values, sparse.sizes])
            #expect(
                results[0]
                    == (try NDArray(rows: [[0, 0], [0, 1], [0, 2], [2, 0]]).cast(to: .int64)))
            #expect(results[1] == ["a", "b", "c", "x"])
            #expect(results[2].doubles == [3, 3])
            let kept = tf.string_split(tf.constant(["a,,b"]), delimiter: ",", skip_empty: false)
            #expect(try run(kept.values) == ["a", "", "b"])
            let none = tf.string_split(
                tf.constant(["", "a,", ""]), delimiter: ",", skip_empty: false)
            let parts = try tf.Session().session.run([none.indices, none.values, none.sizes])
            #expect(parts[0] == (try NDArray(rows: [[1, 0], [1, 1]]).cast(to: .int64)))
            #expect(parts[1] == ["a", ""])
            #expect(parts[2].doubles == [3, 2])
            let white = tf.strings.split(tf.constant(["a b ", ""]), sep: "")
            #expect(try run(white.values) == ["a", "b"])
            #expect(try run(white.row_lengths).doubles == [2, 0])
            #expect(
                tf.string_split(tf.constant(["a"]), delimiter: ",;", skip_empty: false)
                    .values.error != nil)
        }

        @Test("tables from words to numbers and back")
        func tables() throws {
            let table = try tf.contrib.lookup.index_table_from_tensor(
                ["x", "y"], num_oov_buckets: 1)
            let back = try tf.contrib.lookup.index_to_string_table_from_tensor(["x", "y"])
            let twice = try tf.contrib.lookup.index_to_string_table_from_tensor(["a", "b", "a"])
            let numbers = table.lookup(tf.constant(["y", "z", "x"]))
            let session = tf.Session()
            _ = try session.session.run(tf.tables_initializer())
            #expect(try session.session.run(numbers).doubles == [1, 2, 0])
            #expect(try session.session.run(back.lookup(numbers)) == ["y", "UNK", "x"])
            let words = twice.lookup(tf.constant([0, 1, 2, 3]))
            #expect(try session.session.run(words) == ["a", "b", "a", "UNK"])
        }
    }
}
