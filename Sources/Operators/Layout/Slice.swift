internal import Graph
internal import Torch

/// Part of some axes: positions start, start + step, ... before end.
///
/// Negative bounds count from the end, and all are clamped to the axis. They are inputs (starts, ends, axes,
/// steps), or attributes before version 10.
struct Slice: Operator {
    static let type = "Slice"

    private let isLegacy: Bool
    private let legacyBounds: Bounds

    /// The requested bounds; all lists have one entry per sliced axis.
    struct Bounds: Hashable, Sendable {
        var starts: [Int]
        var ends: [Int]
        var axes: [Int]?
        var steps: [Int]?
    }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isLegacy = signature.operatorSet < 10
        guard isLegacy else {
            legacyBounds = Bounds(starts: [], ends: [])
            return
        }
        guard let starts = try attributes.integers("starts"), let ends = try attributes.integers("ends")
        else {
            throw GraphError("attributes starts and ends are needed")
        }
        legacyBounds = Bounds(starts: starts, ends: ends, axes: try attributes.integers("axes"))
    }

    private init(legacyBounds: Bounds) {
        isLegacy = true
        self.legacyBounds = legacyBounds
    }

    var attributes: Attributes {
        guard isLegacy else { return [:] }
        var result: Attributes = [
            "starts": .integers(legacyBounds.starts), "ends": .integers(legacyBounds.ends),
        ]
        if let axes = legacyBounds.axes { result["axes"] = .integers(axes) }
        return result
    }

    private func bounds(_ inputs: OperatorInputs) throws -> Bounds {
        if isLegacy { return legacyBounds }
        return Bounds(
            starts: try inputs.integers(1), ends: try inputs.integers(2),
            axes: inputs.optionalType(3) == nil ? nil : try inputs.integers(3),
            steps: inputs.optionalType(4) == nil ? nil : try inputs.integers(4))
    }

    private func bounds(_ inputs: [Tensor?]) throws -> Bounds {
        if isLegacy { return legacyBounds }
        return Bounds(
            starts: try inputs.required(1).integers(), ends: try inputs.required(2).integers(),
            axes: try inputs.optional(3)?.integers(), steps: try inputs.optional(4)?.integers())
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        var shape = input.shape
        for run in try LaneRun.runs(bounds(inputs), shape: shape) { shape[run.axis] = run.count }
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var result = try inputs.required(0)
        for run in try LaneRun.runs(bounds(inputs), shape: result.shape) {
            let step = Int(clamping: run.step.magnitude)
            result = try result.sliced(axis: run.axis, run.lowest..<run.end, step: step)
            if run.step < 0 { result = try result.flipped(axes: [run.axis]) }
        }
        return [result]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        let runs = try LaneRun.runs(bounds(inputs), shape: shape)
        var links = AxisLink.allSame(
            .input(0), .output(0), axes: shape.indices.filter { axis in !runs.contains { $0.axis == axis } })
        // With another step, the remaining positions of an axis would in general not be such a run again.
        for run in runs where run.step == 1 {
            links += AxisLink.run(
                .input(0, run.axis), from: run.lowest, .output(0, run.axis), from: 0, count: run.count)
        }
        return links
    }

    /// Returns the bounds after axes have shrunk; an end beyond the axis stays there.
    private func resizedBounds(_ change: AxisChange) throws -> Bounds {
        var bounds = try bounds(change.inputs)
        let shape = try change.inputs.type(0).shape
        for (index, run) in try LaneRun.runs(bounds, shape: shape).enumerated() {
            guard let kept = change.keptLanes(.input(0, run.axis)) else { continue }
            guard run.step == 1 else {
                throw GraphError("axis \(run.axis) is sliced with step \(run.step) and cannot shrink")
            }
            let start = kept.count { $0 < run.lowest }
            bounds.starts[index] = start
            if bounds.ends[index] <= shape[run.axis] {
                bounds.ends[index] = start + kept.count { $0 >= run.lowest && $0 < run.end }
            }
        }
        return bounds
    }

    func resized(_ change: AxisChange) throws -> Slice {
        isLegacy ? Slice(legacyBounds: try resizedBounds(change)) : self
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard !isLegacy else { return [:] }
        let new = try resizedBounds(change)
        return [1: try Tensor(new.starts), 2: try Tensor(new.ends)]
    }
}
