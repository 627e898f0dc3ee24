package import Analysis
package import Coupling
internal import Foundation
package import Graph
package import Torch

/// The predicted error of a group's consumers when only some of its channels are kept.
///
/// With the covariance C of the activations that a consumer reads and the metric Q of its weights, the best
/// linear prediction of its outputs from the kept channels misses the share
///
///     e(m) = tr(Q Cov(h | h')) / tr(Q Cov(h)),
///
/// h' being the m best channels. With the Cholesky factor L of C in the order of importance,
/// `tr(Q Cov(h | h')) = sum_{k >= m} l_k^T Q l_k`: all widths at once. The share `1 - e` of a signal that is
/// left multiplies from layer to layer, so `-log(1 - e)` adds up over consumers and groups. If the moments of
/// the activations are unknown, C is the Gram matrix of the weights that make the channels, and Q that of the
/// weights that read them.
package struct OutputSensitivity {
    /// The share that counts as left if nothing is.
    private static let leastRest = 1e-3

    /// The sum of `-log(1 - e(m))` over the consumers for m = 0 ... n.
    package let errors: [Double]
    /// Whether the moments of the activations are known.
    package let usesMoments: Bool

    /// Predicts the errors of a group.
    ///
    /// O(n^3) for n channels and each consumer.
    /// - Parameters:
    ///   - scores: The channels' scores: the best are kept first, of equal ones the first.
    package init(_ group: CoupledGroup, in network: AnalysedNetwork, scores: [Double]) throws {
        let graph = network.graph
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        var sum = [Double](repeating: 0, count: group.width + 1)
        func add(_ covariance: Tensor, _ metric: Tensor) throws {
            for (index, error) in try Self.errors(covariance, metric, order).enumerated() {
                sum[index] -= log(max(1 - error, Self.leastRest))
            }
        }
        var consumers = 0
        let known = try GroupMoments(group, in: network)
        for member in group.members(.consumer) {
            guard let layer = try ConsumerLayer(member, in: network),
                let input = try known.read(by: layer)?.moments, input.mean.count == group.width
            else { continue }
            try add(input.covariance, layer.outputMetric(in: graph))
            consumers += 1
        }
        usesMoments = consumers > 0
        if consumers == 0 {
            try add(
                network.producerProducts(of: group),
                ChannelFeatures.products(of: group, in: graph, role: .consumer))
        }
        errors = sum
    }

    /// Returns e(0) ... e(n) of one consumer.
    package static func errors(_ covariance: Tensor, _ metric: Tensor, _ order: [Int]) throws -> [Double] {
        let count = order.count
        let ordered = try covariance.selecting(axis: 0, order).selecting(axis: 1, order)
        let factor = try SemidefiniteFactor.lower(of: ordered)
        let orderedMetric = try metric.selecting(axis: 0, order).selecting(axis: 1, order)
        let explained = try orderedMetric.matrixMultiplied(by: factor).multiplied(by: factor)
            .reduced(.sum, axes: [0]).doubles()
        var errors = [Double](repeating: 0, count: count + 1)
        // From the last one on, so that no sum becomes negative by rounding.
        for index in explained.indices.reversed() {
            errors[index] = errors[index + 1] + max(0, explained[index])
        }
        let total = errors[0]
        return total > 0 && total.isFinite ? errors.map { $0 / total } : errors.map { _ in 0 }
    }
}
