// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import Yams

/// A file of options: the names of the command's options without dashes, and their values, in YAML.
///
///     epochs: 40
///     optimizer: adamw
///     resume: true
///
/// It is turned into arguments that stand before those of the command line, so that these count more.
enum ConfigFile {
    /// The arguments of the command line, with those of the file that `--config` names.
    ///
    /// - Throws: an error with the file's name and line, where the file is none or an option is unknown or has
    ///   a value that it cannot have.
    static func expanded(_ arguments: [String]) throws -> [String] {
        guard arguments.count >= 2, arguments[0] == TrainCommand.configuration.commandName,
            let command = TrainCommand.configuration.subcommands.first(where: {
                $0.configuration.commandName == arguments[1]
            }), let path = path(in: arguments.dropFirst(2))
        else { return arguments }
        return arguments.prefix(2) + (try options(of: path, for: command)) + arguments.dropFirst(2)
    }

    /// The file that is named last, as with any option.
    private static func path(in arguments: ArraySlice<String>) -> String? {
        var found: String?
        for (place, argument) in zip(arguments.indices, arguments) {
            if argument == "--" { break }
            if argument == "--config" {
                let next = place + 1
                found = next < arguments.endIndex ? arguments[next] : nil
            } else if argument.hasPrefix("--config=") {
                found = String(argument.dropFirst("--config=".count))
            }
        }
        return found
    }

    private static func options(
        of path: String, for command: any ParsableCommand.Type
    ) throws -> [String] {
        func failure(_ line: Int?, _ reason: String) -> CleanFailure {
            CleanFailure("\(path)\(line.map { ":\($0)" } ?? ""): \(reason)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw failure(nil, "the file cannot be read; give --config the path of a YAML file")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw failure(nil, "the file is no text in UTF-8")
        }
        let root: Yams.Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            throw failure(error.line, error.reason)
        }
        // A file without options is none.
        guard let root, root.null == nil else { return [] }
        guard let mapping = root.mapping else {
            throw failure(root.mark?.line, "there must be lines of `option: value`")
        }
        let known = CommandOptions(of: command)
        var result: [String] = []
        for (key, value) in mapping {
            let line = key.mark?.line
            guard let name = key.string, let kind = known.kinds[name] else {
                let name = key.string ?? "what stands here"
                throw failure(
                    line,
                    "'\(name)' is no option of `weft train \(command.configuration.commandName ?? "")`"
                        + known.hint(name))
            }
            let own = try arguments(name, kind, value) { failure(value.mark?.line ?? line, $0) }
            do {
                _ = try command.parse(own + known.examples)
            } catch {
                throw failure(value.mark?.line ?? line, known.reason(of: error, by: command))
            }
            result += own
        }
        return result
    }

    private static func arguments(
        _ name: String, _ kind: CommandOptions.Kind, _ value: Yams.Node,
        _ failure: (String) -> CleanFailure
    ) throws -> [String] {
        switch kind {
        case .flag:
            guard let isSet = value.bool else {
                throw failure("'\(name)' is true or false")
            }
            return isSet ? ["--\(name)"] : []
        case .option:
            guard let text = value.scalar?.string, value.null == nil else {
                throw failure("'\(name)' has one value")
            }
            // With the sign between them a value may begin with a dash.
            return ["--\(name)=\(text)"]
        case .list:
            let nodes = value.sequence.map { Array($0) } ?? [value]
            return try nodes.map { node in
                guard let text = node.scalar?.string else {
                    throw failure("'\(name)' has values without values of their own")
                }
                return "--\(name)=\(text)"
            }
        }
    }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            "this is no YAML: \(problem)"
        case .duplicatedKeysInMapping(let names, _):
            "given twice: \(names.map { "'\($0)'" }.joined(separator: ", "))"
        default: "this is no YAML: \(self)"
        }
    }
}

/// The options of a command, as its properties state them.
struct CommandOptions {
    enum Kind { case flag, option, list }

    /// By their names without dashes.
    private(set) var kinds: [String: Kind] = [:]
    /// Something for each argument that has no name.
    private(set) var examples: [String] = []

    init(of command: any ParsableCommand.Type) {
        collect(command.init())
        // Files do not name other files.
        kinds["config"] = nil
    }

    private mutating func collect(_ arguments: any ParsableArguments) {
        for child in Mirror(reflecting: arguments).children {
            guard let label = child.label, label.hasPrefix("_") else { continue }
            if let group = child.value as? any NestedArguments {
                collect(group.fresh)
            } else if child.value is any NamelessArgument {
                examples.append("data")
            } else if let option = child.value as? any DeclaredOption {
                kinds[Self.dashed(label.dropFirst())] = option.kind
            }
        }
    }

    /// batchSize as batch-size.
    private static func dashed(_ name: Substring) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
    }

    /// The names that come near, else all of them, in words.
    func hint(_ name: String) -> String {
        let near = NearNames(kinds.keys).hint(name)
        return near.isEmpty ? "; there are \(kinds.keys.sorted().joined(separator: ", "))" : near
    }

    /// What the parser has against a value, without the usage that it prints behind.
    func reason(of error: any Error, by command: any ParsableCommand.Type) -> String {
        let text = command.message(for: error)
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        return line.hasPrefix("Error: ") ? String(line.dropFirst("Error: ".count)) : line
    }
}

/// A property of a command that is an option or a flag.
private protocol DeclaredOption {
    var kind: CommandOptions.Kind { get }
}

extension Option: DeclaredOption {
    fileprivate var kind: CommandOptions.Kind { Value.self is any ListValue.Type ? .list : .option }
}

extension Flag: DeclaredOption {
    fileprivate var kind: CommandOptions.Kind { .flag }
}

/// A property of a command that is an argument without a name.
private protocol NamelessArgument {}
extension Argument: NamelessArgument {}

private protocol ListValue {}
extension Array: ListValue {}

/// A property of a command that has options of its own.
private protocol NestedArguments {
    var fresh: any ParsableArguments { get }
}

extension OptionGroup: NestedArguments {
    fileprivate var fresh: any ParsableArguments { Value() }
}
