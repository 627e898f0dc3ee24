// Writes manual pages, one for the command and one for each subcommand.
//
//     intrafusion --experimental-dump-help | make-manuals FOLDER VERSION docs/command.md
import Foundation

/// What a command says about itself with --experimental-dump-help.
struct Dump: Decodable {
    let command: Command

    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let arguments: [Argument]?
        let subcommands: [Command]?
        let shouldDisplay: Bool
    }

    struct Argument: Decodable {
        let kind: String
        let names: [Name]?
        let valueName: String?
        let abstract: String?
        let discussion: String?
        let defaultValue: String?
        let sectionTitle: String?
        let isOptional: Bool
        let isRepeating: Bool
        let shouldDisplay: Bool
    }

    struct Name: Decodable {
        let kind: String
        let name: String

        var text: String { (kind == "long" ? "--" : "-") + name }
    }
}

/// A manual page in the macros of man(7).
struct ManualPage {
    let command: Dump.Command
    /// All words of the command, as they are typed.
    let words: [String]
    let version: String
    let exitStatus: String?

    var name: String { words.joined(separator: "-") }

    var text: String {
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        var lines = [
            ".TH \"\(name.uppercased())\" 1 \"\" \"intrafusion \(version)\" \"User Commands\"",
            ".nh", ".ad l", ".SH NAME", Self.escaped("\(name) - \(command.abstract ?? "")"),
            ".SH SYNOPSIS", ".B " + Self.escaped(words.joined(separator: " ")),
            Self.escaped(synopsis(arguments)),
        ]
        if let discussion = command.discussion {
            lines += [".SH DESCRIPTION"] + Self.paragraphs(discussion)
        }
        let subcommands = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        if !subcommands.isEmpty {
            lines.append(".SH COMMANDS")
            for item in subcommands {
                lines += [".TP", ".BR \(Self.escaped("\(name)-\(item.commandName)")) (1)"]
                lines.append(Self.escaped(item.abstract ?? ""))
            }
        }
        var sections: [String] = []
        for argument in arguments {
            let title = argument.sectionTitle ?? "Options"
            if !sections.contains(title) { sections.append(title) }
        }
        for section in sections {
            lines.append(".SH \"\(Self.escaped(section.uppercased()))\"")
            for argument in arguments where (argument.sectionTitle ?? "Options") == section {
                lines += Self.lines(argument)
            }
        }
        if let exitStatus { lines += [".SH \"EXIT STATUS\""] + Self.statuses(exitStatus) }
        if words.count > 1 { lines += [".SH \"SEE ALSO\"", ".BR \(Self.escaped(words[0])) (1)"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private func synopsis(_ arguments: [Dump.Argument]) -> String {
        var parts = arguments.filter { $0.kind != "positional" && !$0.isOptional }.map {
            "\($0.names?.first?.text ?? "") <\($0.valueName ?? "")>"
        }
        if arguments.contains(where: { $0.kind != "positional" && $0.isOptional }) {
            parts.append("[options]")
        }
        parts += arguments.filter { $0.kind == "positional" }.map {
            let text = "<\($0.valueName ?? "")>" + ($0.isRepeating ? " ..." : "")
            return $0.isOptional ? "[\(text)]" : text
        }
        if command.subcommands?.isEmpty == false { parts.append("<command>") }
        return parts.joined(separator: " ")
    }

    private static func lines(_ argument: Dump.Argument) -> [String] {
        // Short names first, as is usual.
        let names = (argument.names ?? []).sorted { $0.text.count < $1.text.count }.map(\.text)
        let value = argument.kind == "flag" ? "" : "<\(argument.valueName ?? "value")>"
        let heading = (names.isEmpty ? [] : [names.joined(separator: ", ")]) + (value.isEmpty ? [] : [value])
        var text = argument.abstract ?? ""
        if let value = argument.defaultValue, argument.kind != "flag" { text += " (default: \(value))" }
        var lines = [".TP", ".B " + escaped(heading.joined(separator: " ")), escaped(text)]
        if let discussion = argument.discussion {
            for line in discussion.split(separator: "\n") { lines += [".br", escaped(String(line))] }
        }
        return lines
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? ".PP" : escaped(String($0))
        }
    }

    /// Rows of a table in Markdown: a status and what it means.
    private static func statuses(_ table: String) -> [String] {
        table.split(separator: "\n").flatMap { row -> [String] in
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2, Int(cells[0]) != nil else { return [] }
            return [".TP", ".B \(cells[0])", escaped(cells[1].replacingOccurrences(of: "`", with: ""))]
        }
    }

    /// Text in which nothing is a macro, and hyphens can be typed as they stand.
    private static func escaped(_ text: String) -> String {
        let line = text.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
        return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }
}

guard CommandLine.arguments.count == 4 else {
    FileHandle.standardError.write(
        Data("usage: intrafusion --experimental-dump-help | make-manuals FOLDER VERSION COMMAND.md\n".utf8))
    exit(64)
}
let folder = URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true)
let document = try String(contentsOf: URL(fileURLWithPath: CommandLine.arguments[3]), encoding: .utf8)
let statuses = document.range(of: "## Exit codes").map { start in
    let rest = document[start.upperBound...]
    return String(rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)])
}
guard let statuses else {
    FileHandle.standardError.write(Data("\(CommandLine.arguments[3]) has no section Exit codes\n".utf8))
    exit(1)
}
let dump = try JSONDecoder().decode(Dump.self, from: FileHandle.standardInput.readToEnd() ?? Data())

func write(_ command: Dump.Command, _ parents: [String]) throws {
    let page = ManualPage(
        command: command, words: parents + [command.commandName], version: CommandLine.arguments[2],
        exitStatus: statuses)
    try Data(page.text.utf8).write(to: folder.appendingPathComponent("\(page.name).1"), options: .atomic)
    for item in command.subcommands ?? [] where item.shouldDisplay && item.commandName != "help" {
        try write(item, page.words)
    }
}
try write(dump.command, [])
