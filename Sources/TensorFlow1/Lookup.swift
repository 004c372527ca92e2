// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// Nothing to run: a table has its entries when it is made.
    public static func tables_initializer() -> Update { Update.group([]) }
}

extension tf.contrib {
    /// Tables from strings to numbers and back.
    public enum lookup {
        /// From the strings of a vector to their positions.
        ///
        /// - Throws: `ArrayError` when a string stands there twice, or the buckets are negative.
        public static func index_table_from_tensor(
            _ mapping: [String], num_oov_buckets: Int = 0, default_value: Int64 = -1,
            name: String? = nil
        ) throws -> HashTable {
            try .vocabulary(
                mapping, buckets: num_oov_buckets, defaultValue: default_value,
                name: name ?? "string_to_index")
        }

        /// From the lines of a file to their numbers.
        ///
        /// - Throws: `ArrayError` when the file cannot be read, a line stands there twice, or the
        ///   buckets are negative.
        public static func index_table_from_file(
            _ vocabulary_file: String, num_oov_buckets: Int = 0, default_value: Int64 = -1,
            name: String? = nil
        ) throws -> HashTable {
            try .vocabulary(
                contentsOf: vocabulary_file, buckets: num_oov_buckets,
                defaultValue: default_value, name: name ?? "string_to_index")
        }

        /// From positions to the strings of a vector.
        ///
        /// - Throws: `ArrayError` when there is no memory for it.
        public static func index_to_string_table_from_tensor(
            _ mapping: [String], default_value: String = "UNK", name: String? = nil
        ) throws -> HashTable {
            try HashTable(
                name ?? "index_to_string", keys: NDArray(Array(0..<Int64(mapping.count))),
                values: NDArray(mapping), defaultValue: NDArray(default_value))
        }

        /// From numbers to the lines of a file.
        ///
        /// - Throws: an error when the file cannot be read or is not UTF-8.
        public static func index_to_string_table_from_file(
            _ vocabulary_file: String, default_value: String = "UNK", name: String? = nil
        ) throws -> HashTable {
            try index_to_string_table_from_tensor(
                HashTable.words(ofFile: vocabulary_file), default_value: default_value, name: name)
        }
    }
}
