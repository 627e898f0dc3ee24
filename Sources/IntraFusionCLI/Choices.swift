import ArgumentParser
import IntraFusion

/// Choices for a help text: each with its name and summary.
enum Choices {
    /// The names and summaries, one a line.
    static func list(_ choices: [(name: String, summary: String)]) -> String {
        choices.map { "\($0.name): \($0.summary)" }.joined(separator: "\n")
    }

    /// The names and summaries of transport methods, one a line.
    static func list(_ methods: [any TransportMethod.Type]) -> String {
        list(methods.map { ($0.name, $0.summary) })
    }

    /// The merge rules.
    static var rules: String { list(MergeRuleRegistry.rules.map { ($0.name, $0.summary) }) }
}

/// A closed set of choices on the command line, each with one line about what it does.
protocol SummarisedChoice: ExpressibleByArgument, CaseIterable, RawRepresentable<String> {
    var summary: String { get }
}

extension SummarisedChoice {
    /// The values and summaries, one a line.
    static var list: String { Choices.list(allCases.map { ($0.rawValue, $0.summary) }) }
}
