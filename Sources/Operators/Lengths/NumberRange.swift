internal import Graph
internal import Torch

/// The numbers start, start + delta, ... before limit.
struct NumberRange: Operator {
    static let type = "Range"

    /// More numbers than any real network needs: a guard against absurd limits.
    private static let maximumCount = 1 << 28

    init(attributes: Attributes, signature: OperatorSignature) throws {
        // The precision for sums of halves, which are exact here.
        attributes.ignore("stash_type")
    }

    var attributes: Attributes { [:] }

    /// Returns the number of elements for integer bounds.
    private func count(_ start: Int, _ limit: Int, _ delta: Int) throws(GraphError) -> Int {
        guard delta != 0 else { throw GraphError("the step is 0") }
        let (distance, overflow) = limit.subtractingReportingOverflow(start)
        guard !overflow, delta != .min else { throw GraphError("the range is too large") }
        guard (distance > 0) == (delta > 0), distance != 0 else { return 0 }
        let count = (distance.magnitude - 1) / delta.magnitude + 1
        guard count <= UInt(Self.maximumCount) else { throw GraphError("the range has \(count) numbers") }
        return Int(count)
    }

    /// Returns the number of elements for floating-point bounds.
    private func count(_ start: Double, _ limit: Double, _ delta: Double) throws(GraphError) -> Int {
        let count = ((limit - start) / delta).rounded(.up)
        guard count.isFinite, count <= Double(Self.maximumCount) else {
            throw GraphError("the range has \(count) numbers")
        }
        return max(Int(count), 0)
    }

    private func count(_ bounds: [Tensor]) throws -> Int {
        guard bounds.count == 3, bounds.allSatisfy({ $0.count == 1 }) else {
            throw GraphError("start, limit and step must be scalars")
        }
        if bounds[0].type.isFloatingPoint {
            let values = try bounds.map { try $0.scalar() }
            return try count(values[0], values[1], values[2])
        }
        let values = try bounds.map { try $0.integers()[0] }
        return try count(values[0], values[1], values[2])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let element = try inputs.type(0).element
        try ElementDomain.number.require(element)
        let bounds = try (0..<3).map { index in
            try inputs.type(index).requireElement(element, "input \(index)")
            return try inputs.value(index)
        }
        return [TensorType(element, [try count(bounds)])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let bounds = try (0..<3).map { try inputs.required($0) }
        let count = try count(bounds)
        let (start, step) = (try bounds[0].reshaped([]), try bounds[2].reshaped([]))
        let positions = try Tensor(Array(0..<count)).moved(to: start.device).converted(to: start.type)
        return [try positions.multiplied(by: step).adding(start)]
    }
}
