import Graph
import Torch

/// Removes classes of lanes from an operator's inputs and compares with what the links promise.
///
/// The outputs of the resized operator must be the kept lanes of the original outputs. A class without a lane in an
/// output is summed over, or not used: its lanes are set to zero in the original. So are those of any class on an axis that
/// consumes channels. Lanes that a statistic runs over are left: only copies are removed, which it does not notice.
struct RemovalCheck {
    let op: any Operator
    let inputs: [Tensor?]
    let types: [TensorType]
    let classes: LaneClasses
    private let known: OperatorInputs
    private let consumers: Set<AxisReference>
    private let statistics: Set<AxisReference>

    /// Prepares a check of an operator's links and, where it leaves a choice, of one of the alternatives.
    ///
    /// - Parameter statisticsAxes: The axes of the first input over which statistics run.
    init(
        _ op: any Operator, inputs: [Tensor?], alternative: Int = 0, statisticsAxes: [Int] = []
    ) throws {
        statistics = Set(statisticsAxes.map { .input(0, $0) })
        self.op = op
        self.inputs = inputs
        known = OperatorCase.operatorInputs(inputs, of: op)
        types = try op.inferredTypes(known)
        let links =
            try op.axisLinks(known, outputs: types)
            + op.axisAlternatives(known, outputs: types).map { $0[min(alternative, $0.count - 1)] }
        consumers = Set(links.filter { $0.role == .consumer }.map(\.first))
        classes = try LaneClasses(
            links, inputs: known, outputs: types, freezesInputs: op.freezesUnlinkedInputs)
    }

    /// The differing outputs of one removal.
    struct Outcome {
        let expected: [Tensor]
        let actual: [Tensor]
        let inferred: [TensorType]
        let resized: any Operator
        let resizedInputs: [Tensor?]
    }

    /// Removes classes; nil where an axis would be left without lanes.
    func removing(_ removed: [[AxisReference: Set<Int>]]) throws -> Outcome? {
        var lanes: [AxisReference: Set<Int>] = [:]
        for item in removed { lanes.merge(item) { $0.union($1) } }
        var kept: [AxisReference: [Int]] = [:]
        for (reference, gone) in lanes {
            let length = try AxisChange(inputs: known, outputs: types, kept: [:]).lengthBefore(reference)
            let stay = (0..<length).filter { !gone.contains($0) }
            if stay.isEmpty { return nil }
            kept[reference] = stay
        }
        let change = AxisChange(inputs: known, outputs: types, kept: kept)
        let resized = try op.resized(change)
        var smaller = inputs
        for (index, input) in inputs.enumerated() {
            guard let input else { continue }
            smaller[index] = try select(input, kept) { .input(index, $0) }
        }
        for (index, tensor) in try op.resizedConstants(change) { smaller[index] = tensor }
        var original = inputs
        for item in removed {
            let reachesOutput = item.keys.contains(where: \.isOutput)
            for (reference, gone) in item
            where (!reachesOutput && !statistics.contains(reference)) || consumers.contains(reference) {
                guard case .input(let index) = reference.slot, let input = original[index] else { continue }
                original[index] = try zeroing(input, axis: reference.axis, gone)
            }
        }
        let expected = try op.outputs(original).enumerated().map { index, output in
            try select(output, kept) { .output(index, $0) }
        }
        return Outcome(
            expected: expected, actual: try resized.outputs(smaller),
            inferred: try resized.inferredTypes(OperatorCase.operatorInputs(smaller, of: op)),
            resized: resized,
            resizedInputs: smaller)
    }

    private func select(
        _ tensor: Tensor, _ kept: [AxisReference: [Int]], _ reference: (Int) -> AxisReference
    ) throws -> Tensor {
        try tensor.shape.indices.reduce(tensor) { result, axis in
            guard let lanes = kept[reference(axis)] else { return result }
            return try result.selecting(axis: axis, lanes)
        }
    }

    private func zeroing(_ tensor: Tensor, axis: Int, _ lanes: Set<Int>) throws -> Tensor {
        var shape = tensor.shape.map { _ in 1 }
        shape[axis] = tensor.shape[axis]
        let mask = try Tensor((0..<shape[axis]).map { lanes.contains($0) ? 0 : 1 as Float }, shape: shape)
        return try tensor.multiplied(by: mask.converted(to: tensor.type))
    }
}

extension AxisReference {
    /// Whether the axis is one of an output.
    var isOutput: Bool {
        if case .output = slot { true } else { false }
    }
}
