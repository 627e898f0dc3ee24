internal import Graph
internal import Torch

/// x + bias below -lambda, x - bias above lambda, 0 in between.
struct Shrink: ElementwiseOperator {
    static let type = "Shrink"
    static let domainOfElements = ElementDomain.number

    private let bias: Float
    private let limit: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        bias = try attributes.float("bias", default: 0)
        limit = try attributes.float("lambd", default: 0.5)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if bias != 0 { result["bias"] = .float(bias) }
        if limit != 0.5 { result["lambd"] = .float(limit) }
        return result
    }

    func apply(to input: Tensor) throws -> Tensor {
        let wide = input.type.isFloatingPoint ? input : try input.converted(to: .float64)
        func scalar(_ value: Float) throws -> Tensor {
            try Tensor(repeating: Double(value), shape: [], type: wide.type, device: input.device)
        }
        let upper = try wide.combined(.greater, scalar(limit))
            .choosing(wide.applying(.adding(-Double(bias))), scalar(0))
        return try wide.combined(.less, scalar(-limit)).choosing(wide.applying(.adding(Double(bias))), upper)
            .converted(to: input.type)
    }
}
