import Compression
import Foundation
import OptimalTransport
import Testing

@Suite("Options of the transport")
struct TransportOptionsTests {
    @Test("every option survives JSON, an infinite exponent too")
    func json() throws {
        let options = TransportOptions(
            p: .infinity, source: .importance, target: .importance, targets: .clusterCentroid,
            clustering: "kmeans", cost: "cosine", costFeatures: .consumers, solver: "sinkhorn", epsilon: 0.25,
            iterationLimit: 12, seed: 34)
        let decoder = JSONDecoder()
        for value in [options, TransportOptions(), TransportOptions(p: 1.5)] {
            #expect(try decoder.decode(TransportOptions.self, from: JSONEncoder().encode(value)) == value)
        }
        #expect(try decoder.decode(TransportOptions.self, from: Data("{}".utf8)) == TransportOptions())
        for text in [#"{"p": "large"}"#, #"{"targets": "all"}"#, #"{"cost_features": 3, "seed": -1}"#] {
            #expect(throws: DecodingError.self, "\(text)") {
                try decoder.decode(TransportOptions.self, from: Data(text.utf8))
            }
        }
    }

    @Test("metadata tells every option")
    func metadata() {
        let metadata = TransportOptions(p: 2, targets: .clusterCentroid, iterationLimit: 7, seed: 3).metadata
        #expect(
            metadata == [
                "p": "2.0", "source_marginal": "uniform", "target_marginal": "uniform",
                "targets": "cluster_centroid", "clustering": "gaussian_mixture", "cost": "p_norm",
                "cost_features": "all", "solver": "exact", "epsilon": "0.05", "iteration_limit": "7",
                "transport_seed": "3",
            ])
    }

    @Test(
        "unknown names and numbers out of range are errors before anything is computed",
        arguments: [
            TransportOptions(p: 0.5), TransportOptions(p: .nan), TransportOptions(clustering: "median"),
            TransportOptions(cost: "euclid"), TransportOptions(solver: "newton"),
            TransportOptions(solver: "sinkhorn", epsilon: 0), TransportOptions(iterationLimit: 0),
        ])
    func invalid(options: TransportOptions) throws {
        #expect(throws: TransportError.self) { try options.validate() }
        #expect(throws: TransportError.self) { try SingleGroup().analysis(options) }
    }

    @Test("the defaults are the paper's")
    func defaults() throws {
        let options = TransportOptions()
        #expect(options.p == 1 && options.source == .uniform && options.target == .uniform)
        #expect(options.targets == .mostImportant && options.solver == "exact")
        #expect(options.cost == "p_norm" && options.costFeatures == .all)
        try options.validate()
    }
}
