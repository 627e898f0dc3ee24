import OptimalTransport
import Testing

@Suite struct RegistryTests {
    @Test func namesLeadToTheirMethods() throws {
        let options = TransportMethodOptions(p: 3, epsilon: 0.5, iterationLimit: 77, seed: 5)
        #expect(GroundCostRegistry.names == ["p_norm", "cosine"])
        #expect(
            try GroundCostRegistry.cost(named: "p_norm", options: options) as? PNormCost == PNormCost(p: 3))
        #expect(try GroundCostRegistry.cost(named: "cosine") is CosineCost)
        #expect(TransportSolverRegistry.names == ["exact", "sinkhorn", "semi_relaxed"])
        let exact = try TransportSolverRegistry.solver(named: "exact", options: options)
        #expect((exact as? ExactSolver)?.iterationLimit == 77)
        let sinkhorn = try TransportSolverRegistry.solver(named: "sinkhorn", options: options)
        #expect((sinkhorn as? SinkhornSolver)?.epsilon == 0.5)
        #expect((sinkhorn as? SinkhornSolver)?.iterationLimit == 77)
        #expect(
            try TransportSolverRegistry.solver(named: "semi_relaxed", options: options) is SemiRelaxedSolver)
        #expect(ClusteringRegistry.names == ["gaussian_mixture", "kmeans"])
        let mixture = try ClusteringRegistry.clustering(named: "gaussian_mixture", options: options)
        #expect((mixture as? GaussianMixture)?.seed == 5)
        let means = try ClusteringRegistry.clustering(named: "kmeans", options: options)
        #expect((means as? KMeans)?.seed == 5)
    }

    @Test func unknownNamesListTheChoices() {
        let cost = #expect(throws: TransportError.self) { try GroundCostRegistry.cost(named: "euclid") }
        #expect(cost?.description == "there is no ground cost euclid; choose among p_norm, cosine")
        let solver = #expect(throws: TransportError.self) {
            try TransportSolverRegistry.solver(named: "simplex")
        }
        #expect(solver?.description.contains("exact, sinkhorn, semi_relaxed") == true)
        let clustering = #expect(throws: TransportError.self) {
            try ClusteringRegistry.clustering(named: "means")
        }
        #expect(clustering?.description.contains("gaussian_mixture, kmeans") == true)
    }

    @Test func optionsOutOfRangeAreErrors() {
        #expect(throws: TransportError.invalidExponent(0.5)) {
            try GroundCostRegistry.cost(named: "p_norm", options: TransportMethodOptions(p: 0.5))
        }
        #expect(throws: TransportError.invalidEpsilon(0)) {
            try TransportSolverRegistry.solver(
                named: "sinkhorn", options: TransportMethodOptions(epsilon: 0))
        }
        for name in ["exact", "sinkhorn"] {
            #expect(throws: TransportError.invalidIterationLimit(0)) {
                try TransportSolverRegistry.solver(
                    named: name, options: TransportMethodOptions(iterationLimit: 0))
            }
        }
    }
}
