internal import Graph
internal import Torch

/// The lengths of the axes from `start` to before `end`, as int64.
struct Shape: Operator {
    static let type = "Shape"

    private let start: Int
    private let end: Int?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        start = try attributes.integer("start", default: 0)
        end = attributes["end"] == nil ? nil : try attributes.integer("end", default: 0)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if start != 0 { result["start"] = .integer(start) }
        if let end { result["end"] = .integer(end) }
        return result
    }

    /// Only the input's lengths are read.
    var freezesUnlinkedInputs: Bool { false }

    private func lengths(_ shape: [Int]) -> ArraySlice<Int> {
        func clamped(_ bound: Int) -> Int {
            min(max(bound < 0 ? bound + shape.count : bound, 0), shape.count)
        }
        let first = clamped(start)
        return shape[first..<max(end.map(clamped) ?? shape.count, first)]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [TensorType(.int64, [lengths(try inputs.type(0).shape).count])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try Tensor(Array(lengths(inputs.required(0).shape)))]
    }
}

/// The number of elements, as int64.
struct Size: Operator {
    static let type = "Size"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    /// Only the input's lengths are read.
    var freezesUnlinkedInputs: Bool { false }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        _ = try inputs.type(0)
        return [TensorType(.int64, [])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try Tensor([Checked.product(inputs.required(0).shape)], shape: [])]
    }
}
