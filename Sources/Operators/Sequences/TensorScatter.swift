internal import Graph
internal import Torch

/// A cache [n, ..., positions, ...] with an update written from a given position for each sample.
///
/// The inputs are the cache, the update, and the first positions [n], 0 by default; with `circular`, writing
/// wraps around.
struct TensorScatter: Operator {
    static let type = "TensorScatter"

    private enum Mode: String, CaseIterable {
        case linear, circular
    }

    private let axis: Int
    private let mode: Mode

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: -2)
        mode = try attributes.choice("mode", default: Mode.linear)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != -2 { result["axis"] = .integer(axis) }
        if mode != .linear { result["mode"] = .string(mode.rawValue) }
        return result
    }

    /// Returns the axis of the positions.
    private func axis(_ cache: [Int], _ update: [Int]) throws(GraphError) -> Int {
        let axis = try Checked.axis(axis, rank: cache.count)
        guard axis > 0, update.count == cache.count, update[axis] <= cache[axis],
            cache.indices.allSatisfy({ $0 == axis || cache[$0] == update[$0] })
        else { throw GraphError("an update of shape \(update) does not fit a cache of \(cache)") }
        return axis
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (cache, update) = (try inputs.type(0), try inputs.type(1))
        try update.requireElement(cache.element, "the update")
        _ = try axis(cache.shape, update.shape)
        if let starts = inputs.optionalType(2) {
            try starts.requireElement(.int64, "the first positions")
            try starts.requireShape([cache.shape[0]], "the first positions")
        }
        return [try .output(cache.element, cache.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (cache, update) = (try inputs.required(0), try inputs.required(1))
        let axis = try axis(cache.shape, update.shape)
        let (length, count) = (cache.shape[axis], update.shape[axis])
        let starts = try inputs.optional(2)?.integers() ?? [Int](repeating: 0, count: cache.shape[0])
        guard starts.count == cache.shape[0],
            starts.allSatisfy({ $0 >= 0 && $0 <= length && (mode == .circular || $0 + count <= length) })
        else { throw GraphError("updates of \(count) from \(starts) on do not fit \(length) positions") }
        let places = starts.flatMap { start in (0..<count).map { (start + $0) % max(length, 1) } }
        let column = cache.shape.indices.map { $0 == 0 ? cache.shape[0] : $0 == axis ? count : 1 }
        let indices = try Tensor(places, shape: column).moved(to: cache.device).expanded(to: update.shape)
        return [try cache.scattering(update, axis: axis, indices)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (cache, update) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let axis = try axis(cache, update)
        let others = cache.indices.filter { $0 != axis }
        var links = AxisLink.allSame(.input(0), .output(0), axes: others)
        links += AxisLink.allSame(.input(1), .output(0), axes: others)
        if inputs.optionalType(2) != nil { links.append(.same(.input(2, 0), .output(0, 0))) }
        return links
    }
}
