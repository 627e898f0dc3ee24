import Experiments
import Foundation
import Pruning
import Testing

@Suite("Tables of a study")
struct StudyTablesTests {
    /// A stored result whose accuracies are given: two groups, two sparsities, three methods.
    private func result(_ correct: (String, Int, Double) -> Int) throws -> StudyResult {
        let configuration = try StudyFixture.configuration(
            sparsities: "[0.25, 0.5]",
            methods: "[{\"name\": \"d|x\"}, {\"name\": \"r\"}, {\"name\": \"m\"}]", scopes: "[\"per_group\"]")
        let (network, _) = try StudyFixture.run(
            StudyFixture.configuration(methods: "[{\"name\": \"d|x\"}]"),
            StudyFixture.subject([("d|x", PruningOptions(effort: .minimal, rule: "delete"))]))
        let stored = StudyResult(
            of: configuration, environment: .init(version: "", libtorch: "", device: ""), networks: [network])
        var object = try #require(
            try JSONSerialization.jsonObject(with: stored.encoded()) as? [String: Any])
        var networks = try #require(object["networks"] as? [[String: Any]])
        let methods = try #require(networks[0]["methods"] as? [[String: Any]])
        var options = try #require(methods[0]["options"] as? [String: Any])
        var all = methods
        for (name, rule) in [("r", "reference"), ("m", "mean")] {
            options["rule"] = rule
            all.append(["name": name, "options": options])
        }
        networks[0]["methods"] = all
        networks[0]["dense"] = ["correct": 990, "total": 1000]
        networks[0]["cells"] = []
        var summaries: [[String: Any]] = []
        for name in ["d|x", "r", "m"] {
            for sparsity in [0.25, 0.5] {
                let accuracies = [0, 1].map { Double(correct(name, $0, sparsity)) / 1000 }
                for group in [nil, 0, 1] as [Int?] {
                    let own = group.map { [accuracies[$0]] } ?? accuracies
                    var summary: [String: Any] = [
                        "scope": "per_group", "method": name, "sparsity": sparsity, "count": own.count,
                        "mean": own.reduce(0, +) / Double(own.count), "least": own.min() ?? 0,
                        "greatest": own.max() ?? 0, "parameters_left": 0.5, "multiply_accumulates_left": 0.5,
                        "seconds": 1,
                    ]
                    summary["group"] = group
                    summary["worst_group"] = group ?? (accuracies[0] <= accuracies[1] ? 0 : 1)
                    summaries.append(summary)
                }
            }
        }
        networks[0]["summaries"] = summaries
        object["networks"] = networks
        return try StudyResult(decoding: JSONSerialization.data(withJSONObject: object))
    }

    @Test("a method's means, worst groups and losses to the reference and to deletion are listed")
    func losses() throws {
        // The reference is 3 images above in group 1 at 0.5 (a loss) and 2 above in group 0 at 0.5 (none); deletion is one
        // above in group 0 at 0.25 (a loss) and equal in group 1 (none).
        let table: [String: [Int]] = [
            "d|x": [951, 940, 800, 700], "r": [949, 930, 902, 853], "m": [950, 940, 900, 850],
        ]
        let markdown = try StudyTables(
            result { name, group, sparsity in (table[name] ?? [])[(sparsity == 0.5 ? 2 : 0) + group] }
        ).markdown
        let lines = markdown.split(separator: "\n").map(String.init)
        for line in [
            "| method | 0.25 | 0.5 |", "| d\\|x | 94.55 (94.00, group 1) | 75.00 (70.00, group 1) |",
            "| m | 94.50 (94.00, group 1) | 87.50 (85.00, group 1) |", "| m | 1 of 4 | 1 of 4 |",
            "| r |  | 2 of 4 |", "- m below r: group 1 at 0.5 by 0.30",
            "- m below d\\|x: group 0 at 0.25 by 0.10",
            "99.00 % dense, the first 100 of 500 test images of digits.",
        ] { #expect(lines.contains(line), "\(line) in \(markdown)") }
        #expect(!markdown.contains("- r below") && !markdown.contains("- d"))
    }
}
