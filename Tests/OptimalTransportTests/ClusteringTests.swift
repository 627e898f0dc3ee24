import Foundation
import OptimalTransport
import Testing
import Torch

@Suite struct ClusteringTests {
    /// Relative deviation of objectives, as distances are summed in `Float`.
    static let tolerance = 1e-5

    /// Points with the objectives that scikit-learn finds; its mixtures start from its clusters.
    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let clusters: Int
        let points: Int
        let dimension: Int
        let values: [Float]
        let inertia: Double
        let logDensity: Double

        var testDescription: String { name }

        static func all() throws -> [Golden] { try Fixture.load("clusters") }

        func features() throws -> FeatureMatrix {
            try FeatureMatrix(rows: points, columns: dimension, values: values)
        }
    }

    private static let methods: [String] = ClusteringRegistry.names

    /// Checks what every clustering promises and returns the means.
    @discardableResult
    private func check(
        _ clusters: Clusters, of features: FeatureMatrix, count: Int, _ context: String
    ) throws -> [[Double]] {
        #expect(clusters.weights.rows == count && clusters.weights.columns == features.rows)
        #expect(clusters.weights.rowSums.allSatisfy { abs($0 - 1) <= 1e-12 }, "\(context)")
        #expect(clusters.weights.entries.allSatisfy { $0.value > 0 }, "\(context)")
        #expect(clusters.objective.isFinite, "\(context)")
        let points = try SquaredDistances(features)
        let (places, placed) = clusters.placed(among: points)
        #expect(Set(places).count == count && places == places.sorted(), "\(context)")
        #expect(places.allSatisfy { (0..<features.rows).contains($0) }, "\(context)")
        #expect(try features.means(placed.weights).values.allSatisfy { $0.isFinite })
        return Naive.means(clusters.weights, features)
    }

    @Test(arguments: try Golden.all())
    func kMeansIsAsGoodAsScikitLearn(golden: Golden) throws {
        let features = try golden.features()
        let points = try SquaredDistances(features)
        for seed in 0..<3 as Range<UInt64> {
            let clusters = try KMeans(seed: seed).clusters(of: points, count: golden.clusters)
            let means = try check(clusters, of: features, count: golden.clusters, golden.name)
            let inertia = Naive.inertia(means, features)
            #expect(abs(inertia - clusters.objective) <= Self.tolerance * inertia, "seed \(seed)")
            #expect(clusters.objective <= golden.inertia * (1 + 5e-3), "seed \(seed)")
            if golden.name == "separate" {
                #expect(abs(inertia - golden.inertia) <= Self.tolerance * inertia, "seed \(seed)")
            }
        }
    }

    @Test(arguments: try Golden.all())
    func mixtureAgreesWithScikitLearn(golden: Golden) throws {
        let features = try golden.features()
        let clusters = try GaussianMixture().clusters(
            of: SquaredDistances(features), count: golden.clusters)
        try check(clusters, of: features, count: golden.clusters, golden.name)
        // The two look at the density a step of less than the tolerance, 1e-3, apart.
        #expect(abs(-clusters.objective - golden.logDensity) <= 2e-3)
    }

    /// The same iteration on the points themselves, term by term.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func mixtureIsThatOfNaiveMaximisation(seed: UInt64) throws {
        let features = try PNormCostTests.features(25, 3, seed: seed)
        let points = try SquaredDistances(features)
        let start = try KMeans(seed: seed).clusters(of: points, count: 4)
        let mixture = try GaussianMixture(seed: seed, tolerance: 1e-6)
        let clusters = try mixture.clusters(of: points, count: 4)
        let found = try check(clusters, of: features, count: 4, "seed \(seed)")
        let naive = Naive.sphericalMixture(
            features, start: start.weights.dense().map { $0 > 0 ? 1 : 0 }, count: 4,
            regularisation: 1e-6, tolerance: 1e-6)
        #expect(abs(naive.density + clusters.objective) <= 1e-4, "seed \(seed)")
        for (mean, expected) in zip(found, naive.means) {
            #expect(zip(mean, expected).allSatisfy { abs($0 - $1) <= 1e-3 }, "seed \(seed)")
        }
    }

    /// All divisions of a few points, by brute force.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func kMeansFindsTheBestDivision(seed: UInt64) throws {
        var generator = SplitMixGenerator(seed: seed)
        let n = generator.integer(1...7)
        let count = generator.integer(1...n)
        let features = try PNormCostTests.features(n, generator.integer(1...3), seed: seed)
        let clusters = try KMeans(seed: seed).clusters(of: SquaredDistances(features), count: count)
        try check(clusters, of: features, count: count, "seed \(seed)")
        let best = Naive.leastInertia(features, count: count)
        #expect(clusters.objective <= best + 1e-6, "\(n) points, \(count) clusters, seed \(seed)")
    }

    /// Fewer distinct points than clusters, points that are all zero, as many clusters as points.
    @Test(arguments: methods, [1, 3, 5, 8, 12])
    func degeneratePointsAreDivided(method: String, count: Int) throws {
        let clustering = try ClusteringRegistry.clustering(named: method)
        let distinct = try PNormCostTests.features(3, 6, seed: 1)
        for (name, features) in [
            ("copies", try distinct.selectingRows((0..<12).map { $0 % 3 })),
            ("zeros", try FeatureMatrix(rows: 12, columns: 6, values: [Float](repeating: 0, count: 72))),
            ("tiny", try PNormCostTests.features(12, 6, seed: 2, scale: 1e-30)),
            ("huge", try PNormCostTests.features(12, 6, seed: 2, scale: 1e30)),
        ] {
            let clusters = try clustering.clusters(of: SquaredDistances(features), count: count)
            let means = try check(clusters, of: features, count: count, "\(name), \(count)")
            guard count >= 3, name == "copies" else { continue }
            // Every mean is one of the points, and every point is one of the means.
            for mean in means {
                let distances = (0..<3).map { point in
                    zip(mean, PNormCostTests.row(distinct, point)).reduce(0) {
                        $0 + abs($1.0 - Double($1.1))
                    }
                }
                #expect(distances.contains { $0 <= 1e-6 })
            }
            #expect(Naive.inertia(means, features) <= 1e-10)
        }
    }

    @Test(arguments: methods)
    func isReproducible(method: String) throws {
        let points = try SquaredDistances(PNormCostTests.features(40, 5, seed: 3))
        func clusters(_ seed: UInt64) throws -> Clusters {
            try ClusteringRegistry.clustering(
                named: method, options: TransportMethodOptions(seed: seed)
            ).clusters(of: points, count: 9)
        }
        #expect(try clusters(4) == clusters(4))
    }

    @Test(arguments: methods)
    func countsOutOfRangeAreErrors(method: String) throws {
        let points = try SquaredDistances(PNormCostTests.features(4, 5, seed: 3))
        let clustering = try ClusteringRegistry.clustering(named: method)
        for count in [0, -1, 5] {
            #expect(throws: TransportError.invalidClusterCount(count, points: 4)) {
                try clustering.clusters(of: points, count: count)
            }
        }
    }

    @Test func aMixtureThatDoesNotSettleIsAnError() throws {
        let points = try SquaredDistances(PNormCostTests.features(40, 2, seed: 5))
        let error = #expect(throws: TransportError.self) {
            try GaussianMixture(tolerance: 1e-9, iterationLimit: 2).clusters(of: points, count: 6)
        }
        #expect(error?.description.contains("gaussian_mixture did not converge within 2") == true)
    }

    /// Far apart, each cluster's place is its point that is nearest to the mean.
    @Test func placesAreNearestPoints() throws {
        let features = try FeatureMatrix(
            rows: 7, columns: 1, values: [100, 0.5, 0, 101, 1.2, 102.2, 200])
        let points = try SquaredDistances(features)
        let (places, clusters) = try KMeans().clusters(of: points, count: 3).placed(among: points)
        #expect(places == [1, 3, 6])
        #expect(clusters.weights.entries.map(\.column) == [1, 2, 4, 0, 3, 5, 6])
    }
}
