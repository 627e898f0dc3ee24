import Compression
import Graph
import NetworkSupport
import OptimalTransport
import Torch

/// The matrices of a merge rule and the weights that they make, by loops over the formulas.
///
/// The network has a layer "a" of six channels with five inputs and a layer "b" that reads them.
struct NaiveMap {
    /// M `[4, 6]`.
    var producer: [[Double]] = []
    /// R `[6, 4]`.
    var consumer: [[Double]] = []
    /// The merged weights of layer a, each with its bias at the end.
    private var merged: [[Double]] = []

    init(_ rule: String, kept: [Int], _ plan: TransportPlan, _ graph: Graph) throws {
        let dense = plan.masses.dense()
        var rowSums = [Double](repeating: 0, count: 6)
        var columnSums = [Double](repeating: 0, count: 4)
        for i in 0..<6 {
            for j in 0..<4 {
                rowSums[i] += dense[i * 4 + j]
                columnSums[j] += dense[i * 4 + j]
            }
        }
        for j in 0..<4 {
            var row: [Double] = []
            for i in 0..<6 {
                switch rule {
                case "delete": row.append(kept[j] == i ? 1 : 0)
                case "reference": row.append(dense[i * 4 + j] / rowSums[i])
                default: row.append(dense[i * 4 + j] / columnSums[j])
                }
            }
            producer.append(row)
        }
        let features = try Self.features(graph)
        for row in producer {
            var sum = [Double](repeating: 0, count: 6)
            for i in 0..<6 {
                for k in 0..<6 { sum[k] += row[i] * features[i][k] }
            }
            merged.append(sum)
        }
        for i in 0..<6 {
            var row: [Double] = []
            for j in 0..<4 {
                let share = dense[i * 4 + j] / rowSums[i]
                switch rule {
                case "delete": row.append(kept[j] == i ? 1 : 0)
                case "norm_preserving": row.append(share * Self.norm(features[i]) / Self.norm(merged[j]))
                default: row.append(share)
                }
            }
            consumer.append(row)
        }
    }

    /// The weights that a network has after the map.
    func parameters(of graph: Graph) throws -> [(name: String, values: [Double])] {
        let old = try graph.parameter("b.weight").doubles()
        var consumed: [Double] = []
        for output in 0..<3 {
            for j in 0..<4 {
                var sum = 0.0
                for i in 0..<6 { sum += old[output * 6 + i] * consumer[i][j] }
                consumed.append(sum)
            }
        }
        return [
            ("a.weight", merged.flatMap { $0.prefix(5) }), ("a.bias", merged.map { $0[5] }),
            ("b.weight", consumed), ("b.bias", try graph.parameter("b.bias").doubles()),
        ]
    }

    private static func features(_ graph: Graph) throws -> [[Double]] {
        let weights = try graph.parameter("a.weight").doubles()
        let biases = try graph.parameter("a.bias").doubles()
        return (0..<6).map { Array(weights[($0 * 5)..<($0 * 5 + 5)]) + [biases[$0]] }
    }

    private static func norm(_ vector: [Double]) -> Double {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
