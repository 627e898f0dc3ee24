internal import Foundation
package import Graph
package import Torch

/// Measures how far the outputs of networks made from one base are from its own, all on the same inputs.
///
/// Values that variants share with the base are computed once per batch. See `OutputDivergence` for what is
/// measured; all outputs count equally.
package struct DivergenceMeter {
    private let base: Graph
    private let inputs: [[Tensor]]
    private let device: Device
    private let executor: Executor

    /// The most bytes, about, of kept values of the base.
    private static let cacheLimit = 1 << 30

    /// Prepares a measurement.
    ///
    /// - Parameters:
    ///   - base: The network.
    ///   - inputs: Batches of its inputs in their declared order.
    ///   - device: Where networks run.
    package init(_ base: Graph, inputs: [[Tensor]], device: Device) throws {
        self.base = base
        self.inputs = inputs
        self.device = device
        executor = try Executor(base, device: device)
    }

    /// Returns the divergence of each variant.
    ///
    /// - Parameters:
    ///   - variants: Networks made from the base by replacing parameters and operators.
    ///   - report: Called with the share done.
    package func divergences(
        of variants: [Graph], report: (Double) throws -> Void = { _ in }
    ) throws -> [Double] {
        let departures = try variants.map { try Variant(EvaluationVariant($0), base: base, device: device) }
        var kinds: [OutputDivergence.Kind] = []
        var result: [Double] = []
        let work = Double(max(departures.reduce(0) { $0 + $1.work }, 1)) * Double(max(inputs.count, 1))
        var done = 0.0
        for unit in units(departures) {
            let executors = try unit.map {
                try Executor(departures[$0].graph, device: device, sharing: executor)
            }
            let frontier = unit.reduce(into: Set<ValueID>()) { $0.formUnion(departures[$1].frontier) }
            var found: [[OutputDivergence]] = []
            for batch in inputs {
                let values = try executor.compute(
                    frontier.union(base.outputs).sorted(),
                    from: Dictionary(uniqueKeysWithValues: zip(base.inputs, batch)))
                let originals = try base.outputs.map { try values[$0].required(base.name) }
                if kinds.isEmpty { kinds = try originals.map(OutputDivergence.kind) }
                if found.isEmpty { found = unit.map { _ in kinds.map { OutputDivergence($0) } } }
                for (slot, index) in unit.enumerated() {
                    let variant = departures[index]
                    let outputs = try executors[slot].compute(
                        variant.graph.outputs, from: values.filter { variant.frontier.contains($0.key) })
                    for (place, id) in variant.graph.outputs.enumerated() {
                        try found[slot][place].add(originals[place], outputs[id].required(base.name))
                    }
                    done += Double(variant.work)
                    try report(min(1, done / work))
                }
            }
            result += found.map { outputs in
                outputs.reduce(0) { $0 + $1.value } / Double(max(outputs.count, 1))
            }
        }
        return result
    }

    /// Runs of variants whose shared values fit the cache.
    private func units(_ variants: [Variant]) -> [[Int]] {
        func bytes(_ values: Set<ValueID>) -> Int {
            values.reduce(0) { sum, id in
                let type = base[id].type
                let traced = max(type.shape.first ?? 1, 1)
                let samples = inputs.first?.first?.shape.first ?? 1
                return sum + (type.count ?? 0) * type.element.byteCount / traced * samples
            }
        }
        var units: [[Int]] = []
        var shared: Set<ValueID> = []
        for (index, variant) in variants.enumerated() {
            let joined = shared.union(variant.frontier)
            if units.isEmpty || bytes(joined) > Self.cacheLimit {
                units.append([index])
                shared = variant.frontier
            } else {
                units[units.count - 1].append(index)
                shared = joined
            }
        }
        return units
    }
}

extension Tensor? {
    /// The tensor, or an error saying that a network did not return it.
    fileprivate func required(_ name: String) throws -> Tensor {
        guard let self else { throw EvaluationError("\(name) gave no output") }
        return self
    }
}
