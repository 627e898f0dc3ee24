internal import Foundation
internal import Graph
internal import Torch

/// Hann's window: sin^2(pi n / N).
struct HannWindow: WindowFunction {
    static let type = "HannWindow"
    let element: DType
    let isPeriodic: Bool

    static func value(_ fraction: Double) -> Double { 0.5 - 0.5 * cos(2 * .pi * fraction) }
}

/// Hamming's window: 25 / 46 - 21 / 46 cos(2 pi n / N).
struct HammingWindow: WindowFunction {
    static let type = "HammingWindow"
    let element: DType
    let isPeriodic: Bool

    static func value(_ fraction: Double) -> Double { 25.0 / 46 - 21.0 / 46 * cos(2 * .pi * fraction) }
}

/// Blackman's window: 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).
struct BlackmanWindow: WindowFunction {
    static let type = "BlackmanWindow"
    let element: DType
    let isPeriodic: Bool

    static func value(_ fraction: Double) -> Double {
        0.42 - 0.5 * cos(2 * .pi * fraction) + 0.08 * cos(4 * .pi * fraction)
    }
}

/// A window of constant length: its value at n / N, with N the length, or one less if it is symmetric.
protocol WindowFunction: Operator {
    /// The type of the elements.
    var element: DType { get }
    /// Whether the window is periodic instead of symmetric.
    var isPeriodic: Bool { get }

    init(element: DType, isPeriodic: Bool)

    /// Returns the window at a fraction of its length.
    static func value(_ fraction: Double) -> Double
}

extension WindowFunction {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(
            element: try attributes.elementType("output_datatype") ?? .float32,
            isPeriodic: try attributes.flag("periodic", default: true))
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if element != .float32 { result["output_datatype"] = .integer(ElementCode.code(element)) }
        if !isPeriodic { result["periodic"] = .integer(0) }
        return result
    }

    private func length(_ values: [Int]) throws(GraphError) -> Int {
        guard values.count == 1 else { throw GraphError("the length must be a scalar, got \(values)") }
        try Checked.requireMade(values)
        return values[0]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try .output(element, [length(inputs.integers(0))])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let length = try length(inputs.required(0).integers())
        let period = Double(max(isPeriodic ? length : length - 1, 1))
        return [
            try Tensor((0..<length).map { Self.value(Double($0) / period) })
                .converted(to: element).moved(to: inputs.required(0).device)
        ]
    }
}
