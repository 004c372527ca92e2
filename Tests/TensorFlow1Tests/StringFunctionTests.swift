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
            #expect(tf.as_string(words, fill: "x").error != nil)
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
            #expect(
                tf.string_split(tf.constant(["a"]), delimiter: ",;", skip_empty: false)
                    .values.error != nil)
        }

        @Test("tables from words to numbers and back")
        func tables() throws {
            let table = try tf.contrib.lookup.index_table_from_tensor(
                ["x", "y"], num_oov_buckets: 1)
            let back = try tf.contrib.lookup.index_to_string_table_from_tensor(["x", "y"])
            let numbers = table.lookup(tf.constant(["y", "z", "x"]))
            let session = tf.Session()
            _ = try session.session.run(tf.tables_initializer())
            #expect(try session.session.run(numbers).doubles == [1, 2, 0])
            #expect(try session.session.run(back.lookup(numbers)) == ["y", "UNK", "x"])
        }
    }
}
