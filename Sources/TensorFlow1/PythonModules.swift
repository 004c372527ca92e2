// SPDX-License-Identifier: Apache-2.0

extension tf {
    /// Modules that programs took from inside of TensorFlow: `from tensorflow.python.platform import gfile`.
    public enum python {
        /// The program and its files.
        public enum platform {
            /// Files of the machine.
            public typealias gfile = tf.gfile
            /// Settings of a program.
            public typealias flags = tf.flags
            /// Messages.
            public typealias tf_logging = tf.logging
        }
        /// Graphs.
        public enum framework {
            /// Graphs of files.
            public typealias graph_util = tf.graph_util
        }
        /// Operations.
        public enum ops {
            /// Queues.
            public enum data_flow_ops {
                /// A queue that gives elements in the order in which they were put in.
                public typealias FIFOQueue = tf.FIFOQueue
            }
            /// Tables.
            public typealias lookup_ops = tf.contrib.lookup
        }
        /// Helpers.
        public enum util {
            /// Texts and bytes.
            public typealias compat = tf.compat
        }
    }

    /// Texts and bytes.
    public enum compat {
        /// The bytes of a text.
        public static func as_bytes(_ bytes_or_text: String) -> [UInt8] {
            Array(bytes_or_text.utf8)
        }
        /// The text of bytes; what is no UTF-8 is replaced.
        public static func as_text(_ bytes_or_text: [UInt8]) -> String {
            String(decoding: bytes_or_text, as: UTF8.self)
        }
        /// The text of bytes; what is no UTF-8 is replaced.
        public static func as_str(_ bytes_or_text: [UInt8]) -> String { as_text(bytes_or_text) }
    }
}
