// SPDX-License-Identifier: Apache-2.0
import Foundation

extension tf {
    /// Settings of a program, given on its command line: `--name=value`, `--name value`, `--flag`, `--noflag`.
    public enum flags {
        /// What was defined, and what the command line says.
        public static let FLAGS = Flags()

        /// A setting that is a string.
        public static func DEFINE_string(_ name: String, _ default: String?, _ help: String) {
            FLAGS.define(name, `default`.map { .string($0) }, .string, help)
        }
        /// A setting that is a whole number.
        public static func DEFINE_integer(_ name: String, _ default: Int?, _ help: String) {
            FLAGS.define(name, `default`.map { .integer($0) }, .integer, help)
        }
        /// A setting that is a number.
        public static func DEFINE_float(_ name: String, _ default: Double?, _ help: String) {
            FLAGS.define(name, `default`.map { .float($0) }, .float, help)
        }
        /// A setting that is true or false.
        public static func DEFINE_bool(_ name: String, _ default: Bool?, _ help: String) {
            FLAGS.define(name, `default`.map { .bool($0) }, .bool, help)
        }
        /// A setting that is true or false.
        public static func DEFINE_boolean(_ name: String, _ default: Bool?, _ help: String) {
            DEFINE_bool(name, `default`, help)
        }
        /// A setting that the command line must give.
        public static func mark_flag_as_required(_ name: String) { FLAGS.require(name) }
    }

    /// The program itself, as `tf.app` runs it.
    public enum app {
        /// Settings of a program.
        public typealias flags = tf.flags

        /// Reads the command line and runs `main` with what is no setting.
        ///
        /// - Throws: `FlagError` for a setting that is unknown, has no such value, or is missing; what `main`
        ///   throws.
        public static func run(
            main: ([String]) throws -> Void, argv: [String] = CommandLine.arguments
        ) throws {
            try main(tf.flags.FLAGS.parse(argv))
        }
    }

    /// What is wrong with a command line.
    public struct FlagError: Error, CustomStringConvertible {
        /// The setting and what is wrong with it.
        public let description: String
    }

    /// The settings of a program. `FLAGS.batch_size` has the type that is asked for: `let n: Int =
    /// FLAGS.batch_size`.
    @dynamicMemberLookup
    public final class Flags: Sendable {
        enum Value: Sendable {
            case string(String)
            case integer(Int)
            case float(Double)
            case bool(Bool)
        }
        enum Kind: Sendable { case string, integer, float, bool }

        private struct Definition {
            var value: Value?
            let kind: Kind
            let help: String
            var isRequired = false
        }
        private let definitions = Guarded<[String: Definition]>([:])

        func define(_ name: String, _ value: Value?, _ kind: Kind, _ help: String) {
            definitions.withLock { $0[name] = Definition(value: value, kind: kind, help: help) }
        }
        func require(_ name: String) { definitions.withLock { $0[name]?.isRequired = true } }

        /// A setting that is a string; empty when it is not given.
        public subscript(dynamicMember name: String) -> String {
            get {
                switch value(name) {
                case .string(let text): text
                case .integer(let number): "\(number)"
                case .float(let number): "\(number)"
                case .bool(let truth): "\(truth)"
                case nil: ""
                }
            }
            set { set(name, .string(newValue)) }
        }
        /// A setting that is a whole number; 0 when it is not given.
        public subscript(dynamicMember name: String) -> Int {
            get { if case .integer(let number) = value(name) { number } else { 0 } }
            set { set(name, .integer(newValue)) }
        }
        /// A setting that is a number; 0 when it is not given.
        public subscript(dynamicMember name: String) -> Double {
            get {
                switch value(name) {
                case .float(let number): number
                case .integer(let number): Double(number)
                default: 0
                }
            }
            set { set(name, .float(newValue)) }
        }
        /// A setting that is true or false; false when it is not given.
        public subscript(dynamicMember name: String) -> Bool {
            get { if case .bool(let truth) = value(name) { truth } else { false } }
            set { set(name, .bool(newValue)) }
        }

        private func value(_ name: String) -> Value? { definitions.withLock { $0[name]?.value } }
        private func set(_ name: String, _ value: Value) {
            definitions.withLock { $0[name]?.value = value }
        }

        /// Takes the settings out of a command line, whose first part is the program.
        ///
        /// - Returns: the program and what is no setting.
        /// - Throws: `FlagError` for a setting that is unknown, has no such value, or is missing.
        public func parse(_ argv: [String]) throws -> [String] {
            var rest = Array(argv.prefix(1))
            var arguments = argv.dropFirst()
            while let argument = arguments.popFirst() {
                if argument == "--" {
                    rest += arguments
                    break
                }
                guard argument.hasPrefix("-"), argument.count > 1, Double(argument) == nil else {
                    rest.append(argument)
                    continue
                }
                let text = String(argument.drop { $0 == "-" })
                let parts = text.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false
                )
                .map(String.init)
                try take(parts[0], parts.count > 1 ? parts[1] : nil, &arguments)
            }
            if let missing = definitions.withLock({ all in
                all.filter { $0.value.isRequired && $0.value.value == nil }.keys.min()
            }) {
                throw FlagError(description: "Flag --\(missing) must have a value other than None.")
            }
            return rest
        }

        private func take(
            _ name: String, _ given: String?, _ arguments: inout ArraySlice<String>
        ) throws {
            var name = name
            var kind = definitions.withLock { $0[name]?.kind }
            var given = given
            if kind == nil, given == nil, name.hasPrefix("no") {
                let positive = String(name.dropFirst(2))
                if definitions.withLock({ $0[positive]?.kind }) == .bool {
                    (name, kind, given) = (positive, .bool, "false")
                }
            }
            guard let kind else {
                throw FlagError(description: "Unknown command line flag '\(name)'")
            }
            if kind == .bool, given == nil { given = "true" }
            guard let text = given ?? arguments.popFirst() else {
                throw FlagError(description: "Missing value for flag --\(name)")
            }
            let value: Value?
            switch kind {
            case .string: value = .string(text)
            case .integer: value = Int(text).map { .integer($0) }
            case .float: value = Double(text).map { .float($0) }
            case .bool:
                value = [
                    "true": true, "t": true, "1": true, "false": false, "f": false, "0": false,
                ][
                    text.lowercased()
                ].map { .bool($0) }
            }
            guard let value else {
                throw FlagError(description: "flag --\(name)=\(text): it is no \(kind)")
            }
            set(name, value)
        }
    }

    // MARK: Messages

    /// Messages of a program, on the standard error.
    public enum logging {
        /// For finding errors.
        public static let DEBUG = 10
        /// What goes on.
        public static let INFO = 20
        /// What may be wrong.
        public static let WARN = 30
        /// What is wrong.
        public static let ERROR = 40
        /// What ends the program.
        public static let FATAL = 50
        private static let level = Guarded(WARN)

        /// Leaves out what is less important than a level.
        public static func set_verbosity(_ verbosity: Int) { level.withLock { $0 = verbosity } }
        /// What is less important is left out.
        public static func get_verbosity() -> Int { level.withLock { $0 } }

        private static func write(_ importance: Int, _ name: String, _ message: String) {
            guard importance >= get_verbosity() else { return }
            FileHandle.standardError.write(Data("\(name):tensorflow:\(message)\n".utf8))
        }
        /// A message for finding errors.
        public static func debug(_ message: String) { write(DEBUG, "DEBUG", message) }
        /// A message about what goes on.
        public static func info(_ message: String) { write(INFO, "INFO", message) }
        /// A message about what may be wrong.
        public static func warn(_ message: String) { write(WARN, "WARNING", message) }
        /// A message about what may be wrong.
        public static func warning(_ message: String) { warn(message) }
        /// A message about what is wrong.
        public static func error(_ message: String) { write(ERROR, "ERROR", message) }
        /// A message about what ends the program; it does not end it.
        public static func fatal(_ message: String) { write(FATAL, "FATAL", message) }
    }

    /// Nothing to do: graphs are built and run apart, as in TensorFlow 1.
    public static func disable_v2_behavior() {}
    /// Nothing to do: graphs are built and run apart, as in TensorFlow 1.
    public static func disable_eager_execution() {}
}
