import Compression
import Datasets
import Foundation
import Graph
import Importance
import Models
import OptimalTransport
import TestSupport
import Testing

@Suite("What the documents list")
struct DocumentationTests {
    private static func text(_ name: String) throws -> String {
        try String(contentsOf: SharedFiles.packageFolder.appendingPathComponent(name), encoding: .utf8)
    }

    /// What `docs/choices.md` must say.
    private static var choices: String {
        func table(_ title: String, _ flag: String, _ rows: [(name: String, summary: String)]) -> String {
            let lines = rows.map { "| `\($0.name)` | \($0.summary) |" }
            return
                (["## \(title)", "", "`\(flag)`", "", "| name | what it does |", "|---|---|"] + lines + [""])
                .joined(separator: "\n")
        }
        func methods(_ methods: [any TransportMethod.Type]) -> [(name: String, summary: String)] {
            methods.map { ($0.name, $0.summary) }
        }
        return [
            "# Everything that is chosen by name", "",
            "The first of each list is the default unless a command's help says otherwise.", "",
            table("Merge rules", "--rule", MergeRuleRegistry.rules.map { ($0.name, $0.summary) }),
            table(
                "Importance criteria", "--importance",
                ImportanceRegistry.criteria.map { ($0.name, $0.summary) }),
            table(
                "Allocations", "--allocate", AllocationRegistry.allocations.map { ($0.name, $0.summary) }),
            table("Ground costs", "--cost", methods(GroundCostRegistry.costs)),
            table("Transport solvers", "--solver", methods(TransportSolverRegistry.solvers)),
            table("Clusterings", "--clustering", methods(ClusteringRegistry.methods)),
            table("Data sets", "--dataset", DatasetRegistry.loaders.map { ($0.name, $0.instructions) }),
            "## Architectures", "", "`--model-name`", "",
            ModelRegistry.names.map { "`\($0)`" }.joined(separator: ", "), "",
        ].joined(separator: "\n")
    }

    @Test("docs/choices.md lists what the registries have; UPDATE_DOCUMENTS=1 rewrites it")
    func choicesPage() throws {
        if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTS"] != nil {
            try Self.choices.write(
                to: SharedFiles.packageFolder.appendingPathComponent("docs/choices.md"), atomically: true,
                encoding: .utf8)
        }
        #expect(try Self.text("docs/choices.md") == Self.choices)
    }

    @Test("the README names every command")
    func commands() throws {
        let text = try Self.text("README.md")
        let commands = try CommandRun.subcommands()
        #expect(commands.count > 8)
        for command in commands {
            #expect(text.contains("`\(command)") || text.contains("intrafusion \(command)"), "\(command)")
        }
    }

    @Test("the version is that of the package, wherever it is said")
    func version() throws {
        #expect(try CommandRun.run(["--version"]).output.contains(ProductVersion.current))
    }
}
