import Compression
import Foundation
import Graph
import NetworkSupport
import Pruning
import Testing

@Suite("Stored plans from outside")
struct PruningPlanTests {
    private let network: Graph
    private let text: String

    init() throws {
        network = try BundledNetwork.digits("vgg11_bn")
        let result = try Pruner(
            network, options: PruningOptions(effort: .minimal, groups: [6, 7], sparsity: Sparsity(0.5))
        ).run()
        let plan = PruningPlan(
            source: PruningPlan.Source(architecture: "vgg11_bn", file: "a", checksum: "0"),
            options: result.options, rounds: result.rounds, version: "1")
        text = String(decoding: try plan.encoded(), as: UTF8.self)
    }

    /// The plan with the first match of a pattern replaced, which must be there.
    private func changed(_ pattern: String, _ replacement: String) throws -> String {
        let range = try #require(
            text.range(of: pattern, options: .regularExpression), "\(pattern) is not in the plan")
        return text.replacingCharacters(in: range, with: replacement)
    }

    /// What is said about a plan when it is read and applied; empty where nothing is wrong.
    private func complaint(_ text: String) -> String {
        do {
            let graph = try PruningPlan(decoding: Data(text.utf8)).applied(to: network)
            try NetworkCheck.verify(graph)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("what is no plan is refused")
    func nonsense() throws {
        #expect(complaint(text) == "")
        for nonsense in ["", "{", "[]", "null", "{}", "\u{0}", String(repeating: "[", count: 100_000)] {
            #expect(complaint(nonsense).contains("no plan"), "\(nonsense.prefix(9))")
        }
        for length in stride(from: 1, to: text.utf8.count, by: 1 + text.utf8.count / 97) {
            #expect(complaint(String(text.prefix(length))).contains("no plan"), "\(length) characters")
        }
    }

    @Test(
        "numbers and names that do not fit are refused, and the place is named",
        arguments: [
            ("intrafusion-plan", "other-plan", "format"),
            ("\"format_version\":1", "\"format_version\":2", "version is 2"),
            ("\"kept\":\\[", "\"kept\":[-1,", "kept"), ("\"kept\":\\[", "\"kept\":[7,", "kept"),
            ("\"kept\":\\[[0-9]+", "\"kept\":[9223372036854775808", "no plan"),
            ("\"gain\":\\[[-0-9.e]+", "\"gain\":[NaN", "no plan"),
            ("\"gain\":\\[[-0-9.e]+", "\"gain\":[1e999", "no plan"),
            ("\"gain\":\\[[-0-9.e]+", "\"gain\":[\"nan\"", "gain"),
            ("\"gain\":\\[[-0-9.e]+", "\"gain\":[1e300", "finite"),
            ("\"shift\":\\[", "\"shift\":[0,", "adjustments"),
            ("\"rows\":[0-9]+", "\"rows\":9223372036854775807", "9223372036854775807"),
            ("\"rows\":[0-9]+", "\"rows\":-1", "-1 x 8"), ("\"rows\":[0-9]+", "\"rows\":0", "0 x 8"),
            ("\"rows\":[0-9]+", "\"rows\":16777216", "shapes"),
            ("\"rows\":[0-9]+", "\"rows\":1.5", "no plan"),
            ("\"parameter\":\"features", "\"parameter\":\"peatures", "peatures"),
            ("\"folding\":\"exact\"", "\"folding\":\"loose\"", "folding"),
            ("\"quantity\"|\"budgets\":\\[", "\"budgets\":[{\"quantity\":\"bytes\",\"limit\":-1}", "bytes"),
            ("\"sparsity\":0.5", "\"sparsity\":1.5", "1.5"),
            ("\"multiple\":1", "\"multiple\":0", "multiple of at least 1"),
            ("\"schedule\":\"linear\"", "\"schedule\":\"sudden\"", "sudden"),
        ] as [(String, String, String)])
    func misfits(pattern: String, replacement: String, word: String) throws {
        let complaint = complaint(try changed(pattern, replacement))
        #expect(!complaint.isEmpty && complaint.contains(word), "\(complaint)")
    }

    @Test("a group that is named twice is refused")
    func repeated() throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        var rounds = try #require(object["rounds"] as? [[String: Any]])
        let steps = try #require(rounds[0]["steps"] as? [[String: Any]])
        rounds[0]["steps"] = steps + steps
        object["rounds"] = rounds
        let data = try JSONSerialization.data(withJSONObject: object)
        #expect(complaint(String(decoding: data, as: UTF8.self)).contains("same group"))
    }

    @Test("a plan for other widths or another network is refused")
    func otherNetwork() throws {
        let plan = try PruningPlan(decoding: Data(text.utf8))
        let narrow = try plan.applied(to: network)
        #expect(throws: CompressionError.self) { try plan.applied(to: narrow) }
        #expect(throws: (any Error).self) { try plan.applied(to: BundledNetwork.digits("resnet18")) }
    }
}
