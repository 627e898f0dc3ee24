import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// The nuclear norm of a matrix by one-sided Jacobi rotations.
func nuclearNorm(_ rows: [[Double]]) -> Double {
    var rows = rows
    for _ in 0..<60 {
        var largest = 0.0
        for i in rows.indices {
            for j in rows.indices where j > i {
                let (a, b) = (dot(rows[i], rows[i]), dot(rows[j], rows[j]))
                let mixed = dot(rows[i], rows[j])
                guard mixed != 0 else { continue }
                largest = max(largest, abs(mixed) / (a * b).squareRoot())
                let zeta = (b - a) / (2 * mixed)
                let tangent = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
                let cosine = 1 / (1 + tangent * tangent).squareRoot()
                let sine = cosine * tangent
                for k in rows[i].indices {
                    let (x, y) = (rows[i][k], rows[j][k])
                    rows[i][k] = cosine * x - sine * y
                    rows[j][k] = sine * x + cosine * y
                }
            }
        }
        if largest < 1e-15 { break }
    }
    return rows.reduce(0) { $0 + dot($1, $1).squareRoot() }
}

private func dot(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
}

/// The nuclear norm minus that with some rows zeroed.
private func naiveLoss(_ rows: [[Double]], _ lanes: [Int]) -> Double {
    var zeroed = rows
    for lane in lanes { zeroed[lane] = rows[lane].map { _ in 0 } }
    return nuclearNorm(rows) - nuclearNorm(zeroed)
}

@Suite("Criteria that look at feature maps")
struct FeatureMapCriterionTests {
    /// Singular values below 1e-7 of the greatest are not seen.
    private static let lossTolerance = 1e-6
    private static let meanTolerance = 1e-5

    @Test("the nuclear norm's oracle knows norms by heart")
    func oracle() {
        #expect(abs(nuclearNorm([[3, 0], [0, 4]]) - 7) < 1e-12)
        #expect(abs(nuclearNorm([[1, 1], [1, 1], [1, 1]]) - 6.0.squareRoot()) < 1e-12)
        // Rotated by 45 degrees: singular values 5 and 1.
        #expect(abs(nuclearNorm([[3, 2], [2, 3]]) - 6) < 1e-12)
    }

    @Test(
        "losses of nuclear norm are those of one decomposition per channel",
        arguments: [
            (5, 9, 1), (9, 5, 1), (6, 6, 1), (1, 7, 1), (7, 1, 1), (6, 11, 2), (12, 5, 3), (8, 8, 4),
            (6, 10, 6),
        ])
    func losses(lanes: Int, positions: Int, perChannel: Int) throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let count = 4
            var values = try Tensor(random: .normal, shape: [count * lanes * positions], seed: seed)
                .applying(.relu).doubles()
            let size = lanes * positions
            // A map of zeros, one with a lane of zeros, one with two equal lanes.
            for index in 0..<size { values[index] = 0 }
            for index in 0..<positions { values[size + index] = 0 }
            if lanes > 1 {
                for index in 0..<positions { values[2 * size + positions + index] = values[2 * size + index] }
            }
            var generator = SplitMixGenerator(seed: seed)
            let shuffled = (0..<lanes).shuffled(using: &generator)
            // Some lanes belong to no channel.
            let channels = (0..<max(lanes / perChannel - (lanes > 5 ? 1 : 0), 1)).map {
                Array(shuffled[($0 * perChannel)..<(($0 + 1) * perChannel)])
            }
            var expected = channels.map { _ in 0.0 }
            for map in 0..<count {
                let rows = (0..<lanes).map { lane in
                    Array(values[(map * size + lane * positions)..<(map * size + (lane + 1) * positions)])
                }
                for (index, channel) in channels.enumerated() { expected[index] += naiveLoss(rows, channel) }
            }
            let maps = try Tensor(values, shape: [count, lanes, positions])
            let found = try NuclearNormLoss.sums(maps, channels: channels)
            #expect(
                difference(found, expected) <= Self.lossTolerance,
                "seed \(seed): \(found), expected \(expected)")
        }
    }

    @Test(
        "a lane of zeros loses nothing at all; the loss scales with the map; what is not finite is an error")
    func special() throws {
        let values = try Tensor(random: .normal, shape: [4 * 6], seed: 3).doubles().enumerated().map {
            $0 / 6 == 2 ? 0 : $1
        }
        let channels = [[0], [1], [2], [3]]
        func losses(_ factor: Double) throws -> [Double] {
            try NuclearNormLoss.sums(
                Tensor(values.map { $0 * factor }, shape: [1, 4, 6]), channels: channels)
        }
        let found = try losses(1)
        #expect(found[2] == 0 && found[0] > 0 && found[1] > 0 && found[3] > 0)
        for factor in [1e-30, 1e-3, 1e20] {
            #expect(difference(try losses(factor).map { $0 / factor }, found) <= Self.lossTolerance)
        }
        #expect(throws: TorchError.self) { try losses(.nan) }
        #expect(throws: ImportanceError.self) {
            try NuclearNormLoss.sums(Tensor(values, shape: [1, 4, 6]), channels: [[0], [1, 2]])
        }
    }

    @Test(
        "chip measures each producer's rectified map, lane by lane of its channels",
        arguments: [
            ("d.weight", ["relu_d"]), ("b.weight", ["relu_b"]),
            // a's map has two readers behind the rectifier; c's is a summand.
            ("a.weight", ["relu_a", "c"]),
        ])
    func chip(producer: String, maps: [String]) throws {
        let network = try MeasuredNetwork()
        let group = try network.group(producedBy: producer)
        let scores = try network.memberScores("chip", group)
        try #require(scores.count == maps.count)
        for (index, name) in maps.enumerated() {
            let (elements, shape) = try network.values(name)
            let member = group.members(.producer)[index]
            let (lanes, positions) = (shape[1], shape[2] * shape[3])
            let expected = (0..<group.width).map { channel in
                (0..<shape[0]).reduce(0.0) { sum, image in
                    let rows = (0..<lanes).map { lane in
                        Array(elements[((image * lanes + lane) * positions)...].prefix(positions))
                    }
                    return sum + naiveLoss(rows, member.positions[channel])
                } / Double(shape[0])
            }
            #expect(
                difference(scores[index], expected) <= Self.lossTolerance,
                "\(name): \(scores[index]), expected \(expected)")
        }
    }

    @Test("activation is the mean weight times the mean input, by loops, also flattened and in groups")
    func activation() throws {
        let network = try MeasuredNetwork()
        /// Mean absolute values of the lanes of a map.
        func means(_ name: String) throws -> [Double] {
            let (elements, shape) = try network.values(name)
            let inner = shape.dropFirst(2).reduce(1, *)
            var sums = [Double](repeating: 0, count: shape[1])
            for (index, element) in elements.enumerated() { sums[index / inner % shape[1]] += abs(element) }
            return sums.map { $0 / Double(shape[0] * inner) }
        }
        let flat = try means("flatten")
        let stem = try means("relu_a")
        // A position of the grouped weight reads one lane in either group.
        let pairs = (0..<2).map { (stem[$0] + stem[$0 + 2]) / 2 }
        let inputs: [String: [Double]] = [
            "linear.weight": flat, "c.weight": try means("relu_b"), "d.weight": try means("relu_sum"),
            "b.weight": pairs,
        ]
        for producer in ["a.weight", "b.weight", "d.weight"] {
            let group = try network.group(producedBy: producer)
            let scores = try network.memberScores("activation", group)
            let consumers = group.members(.consumer)
            try #require(scores.count == consumers.count)
            for (found, member) in zip(scores, consumers) {
                let weights = try network.graph.parameter(member.name)
                let values = try weights.doubles()
                let means = try #require(inputs[member.name])
                let inner = weights.shape[(member.axis + 1)...].reduce(1, *)
                let products = values.enumerated().map { index, weight in
                    abs(weight) * means[index / inner % weights.shape[member.axis]]
                }
                let expected = naiveSlices(products, shape: weights.shape, member).map {
                    $0.reduce(0, +) / Double($0.count)
                }
                #expect(
                    difference(found, expected) <= Self.meanTolerance,
                    "\(member.name): \(found), expected \(expected)")
            }
        }
    }
}
