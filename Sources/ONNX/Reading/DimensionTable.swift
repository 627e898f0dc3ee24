import Graph
import Torch

/// The lengths at which a model is traced: those that it declares, and a choice for those that it leaves open.
struct DimensionTable {
    /// An axis of an input that the model leaves open and nobody gave a length.
    struct Assumption: Hashable {
        let input: String
        let axis: Int
        /// The name that the model gives the length; empty for none.
        let symbol: String
    }

    private let requested: [String: [Int]]
    private var lengths: [String: Int] = [:]
    /// Whether the model leaves the length of any axis of an input open, whatever it is traced at.
    let isOpen: Bool
    /// The axes whose length is a mere assumption.
    private(set) var assumptions: [Assumption] = []

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - shapes: Requested shapes by input; the name may be empty where there is one input.
    ///   - inputs: The inputs that the caller of the model hands in.
    /// - Throws: `ONNXError` for a request that does not fit what the model declares.
    init(_ shapes: [String: [Int]], inputs: [Onnx_ValueInfoProto]) throws(ONNXError) {
        let names = inputs.map(\.name)
        isOpen = inputs.contains { input in
            guard case .tensorType(let type)? = input.type.value, type.hasShape else { return true }
            return type.shape.dim.contains { if case .dimValue? = $0.value { false } else { true } }
        }
        var shapes = shapes
        // A shape without a name is that of the only input.
        if let shape = shapes[""], let name = names.first, names.count == 1, shapes[name] == nil {
            shapes = [name: shape]
        }
        requested = shapes
        if let stranger = shapes.keys.sorted().first(where: { !names.contains($0) }) {
            throw ONNXError(
                "there is no input named \(stranger); the inputs are \(names.joined(separator: ", "))")
        }
        for input in inputs {
            guard let shape = shapes[input.name] else { continue }
            guard shape.allSatisfy({ $0 >= 1 }) else {
                throw ONNXError("the lengths of input \(input.name) must be at least 1, got \(shape)")
            }
            try bind(shape, to: input)
        }
    }

    private mutating func bind(_ shape: [Int], to input: Onnx_ValueInfoProto) throws(ONNXError) {
        guard case .tensorType(let type)? = input.type.value, type.hasShape else { return }
        guard type.shape.dim.count == shape.count else {
            throw ONNXError("input \(input.name) has \(type.shape.dim.count) axes, \(shape) was asked for")
        }
        for (axis, dimension) in type.shape.dim.enumerated() {
            switch dimension.value {
            case .dimValue(let length)? where Int(length) != shape[axis]:
                throw ONNXError(
                    "axis \(axis) of input \(input.name) has the length \(length), \(shape[axis]) was asked for"
                )
            case .dimParam(let symbol)? where !symbol.isEmpty:
                if let other = lengths[symbol], other != shape[axis] {
                    throw ONNXError("the length \(symbol) cannot be \(other) and \(shape[axis])")
                }
                lengths[symbol] = shape[axis]
            default: break
            }
        }
    }

    /// Returns the type of an input.
    ///
    /// - Throws: `ONNXError` where the model says nothing about its shape and nobody asked for one.
    mutating func type(of input: Onnx_ValueInfoProto) throws -> TensorType {
        if case .optionalType(let optional)? = input.type.value {
            // An optional tensor that is handed in is there.
            var held = input
            held.type = optional.elemType
            return try type(of: held)
        }
        guard case .tensorType(let type)? = input.type.value, let element = ElementType.dtype(type.elemType)
        else {
            return .unknown
        }
        if let shape = requested[input.name] { return try checked(TensorType(element, shape), input.name) }
        guard type.hasShape else {
            throw ONNXError(
                "input \(input.name) has no declared shape; give one, such as \(input.name)=1x3x224x224")
        }
        var shape: [Int] = []
        for (axis, dimension) in type.shape.dim.enumerated() {
            switch dimension.value {
            case .dimValue(let length)?:
                guard length >= 0, length <= Int64(Int32.max) else {
                    throw ONNXError("axis \(axis) of input \(input.name) has a length of \(length)")
                }
                shape.append(Int(length))
            case .dimParam(let symbol)? where !symbol.isEmpty:
                if lengths[symbol] == nil {
                    assumptions.append(Assumption(input: input.name, axis: axis, symbol: symbol))
                }
                shape.append(lengths[symbol, default: 1])
                lengths[symbol] = shape[axis]
            default:
                assumptions.append(Assumption(input: input.name, axis: axis, symbol: ""))
                shape.append(1)
            }
        }
        return try checked(TensorType(element, shape), input.name)
    }

    /// Returns the type that the model declares for a value, `.unknown` where it leaves any of it open.
    func declaredType(_ info: Onnx_ValueInfoProto) -> TensorType {
        guard case .tensorType(let type)? = info.type.value, type.hasShape,
            let element = ElementType.dtype(type.elemType)
        else { return .unknown }
        var shape: [Int] = []
        for dimension in type.shape.dim {
            switch dimension.value {
            case .dimValue(let length)? where length >= 0 && length <= Int64(Int32.max):
                shape.append(Int(length))
            case .dimParam(let symbol)?:
                guard let length = lengths[symbol] else { return .unknown }
                shape.append(length)
            default: return .unknown
            }
        }
        return (try? checked(TensorType(element, shape), info.name)) ?? .unknown
    }

    private func checked(_ type: TensorType, _ name: String) throws -> TensorType {
        guard let count = type.count, count < 1 << 48, type.shape.count <= 64 else {
            throw ONNXError("\(name) of shape \(type.shape) is too large")
        }
        return type
    }
}
