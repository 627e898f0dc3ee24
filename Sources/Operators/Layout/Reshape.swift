internal import Graph
internal import Torch

/// The same elements in another shape.
///
/// The shape is an input (an attribute before version 5). -1 stands for whatever remains, and 0 for the
/// input's length of the same axis unless `allowzero` is set.
struct Reshape: Operator {
    static let type = "Reshape"

    private let allowsZero: Bool
    private let fixedShape: [Int]?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        allowsZero = try attributes.integer("allowzero", default: 0) != 0
        fixedShape = signature.operatorSet < 5 ? try attributes.integers("shape") : nil
    }

    private init(allowsZero: Bool, fixedShape: [Int]?) {
        self.allowsZero = allowsZero
        self.fixedShape = fixedShape
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if allowsZero { result["allowzero"] = .integer(1) }
        if let fixedShape { result["shape"] = .integers(fixedShape) }
        return result
    }

    /// Returns the shape for a request.
    private func resolvedShape(_ request: [Int], input: [Int]) throws(GraphError) -> [Int] {
        var shape = request
        for (axis, length) in request.enumerated() {
            if length < -1 { throw GraphError("shape \(request) has a dimension of \(length)") }
            guard length == 0, !allowsZero else { continue }
            guard axis < input.count else {
                throw GraphError("shape \(request) keeps axis \(axis), which input \(input) does not have")
            }
            shape[axis] = input[axis]
        }
        let count = try Checked.product(input)
        let unknown = shape.indices.filter { shape[$0] == -1 }
        let known = try Checked.product(shape.filter { $0 != -1 })
        guard unknown.count <= 1 else { throw GraphError("shape \(request) leaves two dimensions open") }
        if let axis = unknown.first {
            guard known > 0, count % known == 0 else {
                throw GraphError("shape \(request) does not fit input \(input)")
            }
            shape[axis] = count / known
        }
        guard unknown.count == 1 || known == count else {
            throw GraphError("shape \(request) does not fit input \(input)")
        }
        return shape
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let request = try fixedShape ?? inputs.integers(1)
        return [try .output(input.element, resolvedShape(request, input: input.shape))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let request = try fixedShape ?? inputs.required(1).integers()
        return [try input.reshaped(resolvedShape(request, input: input.shape))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try blocks(inputs, outputs).filter { $0.count == 1 }.flatMap { $0 }
    }

    func axisAlternatives(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [[AxisLink]] {
        try blocks(inputs, outputs).filter { $0.count > 1 }
    }

    private func blocks(_ inputs: OperatorInputs, _ outputs: [TensorType]) throws -> [[AxisLink]] {
        guard let new = outputs.first?.shape else { return [] }
        let old = try inputs.type(0).shape
        return FactorBlock.blocks(old: old, new: new).map { $0.alternatives(old: old, new: new) }
    }

    /// Returns the request after axes have shrunk; entries of 0 and -1 stay, as they follow the input.
    private func resizedRequest(_ request: [Int], _ change: AxisChange) throws -> [Int] {
        var result = request
        for (axis, length) in request.enumerated() where length > 0 {
            result[axis] = try change.lengthAfter(.output(0, axis))
        }
        for (axis, length) in request.enumerated() where length == 0 && !allowsZero {
            let wanted = try change.lengthAfter(.output(0, axis))
            if try change.lengthAfter(.input(0, axis)) != wanted { result[axis] = wanted }
        }
        return result
    }

    func resized(_ change: AxisChange) throws -> Reshape {
        guard let fixedShape else { return self }
        return Reshape(allowsZero: allowsZero, fixedShape: try resizedRequest(fixedShape, change))
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard fixedShape == nil else { return [:] }
        let request = try change.inputs.integers(1)
        let result = try resizedRequest(request, change)
        return [1: try Tensor(result)]
    }
}
