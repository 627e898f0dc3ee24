import Compression
import Graph
import NetworkSupport
import Pruning
import Testing

@Suite("Search by agreement")
struct AgreementSearchTests {
    private func search(_ judge: AgreementSearch.Judge? = nil) throws -> AgreementSearch {
        let options = try PruningOptions(
            effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 1)], allowsNothing: true)
        return try AgreementSearch(Pruner(BundledNetwork.digits("mlp"), options: options), judge: judge)
    }

    /// The share of multiply-accumulates that is left.
    private func share(_ result: PruningResult) -> Double {
        Double(result.after.multiplyAccumulates) / Double(result.before.multiplyAccumulates)
    }

    @Test("the smallest network is found that keeps what is asked for")
    func smallest() throws {
        var shares: [Double] = []
        let (result, curve) = try search { share($0) }.smallest(keeping: 0.6) { shares.append($1) }
        #expect((0.6...0.65).contains(share(result)))
        #expect(curve.count > 3 && curve.contains { $0.kept < 0.6 })
        #expect(!shares.isEmpty && shares.allSatisfy { (0...1).contains($0) })
        #expect(curve.map(\.multiplyAccumulates) == curve.map(\.multiplyAccumulates).sorted(by: >))
    }

    @Test("what cannot be kept is said, with what is kept")
    func impossible() throws {
        let error = #expect(throws: PruningError.self) { try search { _ in 0.3 }.smallest(keeping: 0.9) }
        #expect(error.map { "\($0)".contains("30.0 %") && "\($0)".contains("90.0 %") } == true)
    }

    @Test("the curve goes down to what can be reached, by the answers on held-out inputs")
    func curve() throws {
        let points = try search().curve()
        #expect(points.count > 3 && points.allSatisfy { (0...1).contains($0.kept) })
        #expect(points[0].kept > 0.9)
        for (left, right) in zip(points, points.dropFirst()) {
            #expect(left.multiplyAccumulates > right.multiplyAccumulates)
        }
    }
}
