import Graph
import Torch

/// The lengths at which a model is traced: the declared ones, the requested ones, and choices for the others.
struct DimensionTable {
    /// One axis of an input as declared by the model.
    enum Dimension: Hashable {
        case fixed(Int)
        case open(OpenLength)
    }

    /// What is known of an input's shape before any length is chosen.
    struct Port {
        let name: String
        let element: DType
        let dimensions: [Dimension]
    }

    /// The inputs that are tensors, in the model's order.
    let ports: [Port]
    /// The inputs whose shapes the model does not declare.
    let shapeless: [String]
    private let positions: [String: Int]
    private var lengths: [OpenLength: Int] = [:]
    private var requested: Set<OpenLength> = []

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - shapes: Requested shapes by input; nil for a length that is not requested. The name may be empty
    ///     if there is one input, or be that of an open length, which is then the only number.
    ///   - inputs: The inputs that the caller of the model passes in.
    ///   - rank: The number of axes of an input whose shape the model does not declare.
    /// - Throws: `ONNXError` for a request that contradicts the model's declarations.
    init(_ shapes: [String: [Int?]], inputs: [Onnx_ValueInfoProto], rank: Int = 4) throws(ONNXError) {
        let names = inputs.map(\.name)
        var shapes = shapes
        // A shape without a name belongs to the only input.
        if let shape = shapes[""], let name = names.first, names.count == 1, shapes[name] == nil {
            shapes[""] = nil
            shapes[name] = shape
        }
        var (ports, shapeless): ([Port], [String]) = ([], [])
        for input in inputs {
            guard let type = input.type.tensor, let element = ElementType.dtype(type.elemType) else {
                continue
            }
            let dimensions: [Dimension]
            if type.hasShape {
                dimensions = try Self.dimensions(type.shape, of: input.name)
            } else {
                if shapes[input.name] == nil { shapeless.append(input.name) }
                dimensions = (0..<(shapes[input.name]?.count ?? rank)).map { .open(.axis(input.name, $0)) }
            }
            ports.append(Port(name: input.name, element: element, dimensions: dimensions))
        }
        (self.ports, self.shapeless) = (ports, shapeless)
        positions = Dictionary(ports.enumerated().map { ($1.name, $0) }) { first, _ in first }
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            if let port = positions[name].map({ ports[$0] }) {
                try bind(shape, to: port)
            } else if allOpenLengths.contains(.symbol(name)), shape.count == 1, let length = shape[0] {
                try bind(length, .symbol(name), of: "the length \(name)")
            } else {
                throw ONNXError(
                    "there is no input named \(name); the inputs are \(names.joined(separator: ", "))")
            }
        }
    }

    private static func dimensions(_ shape: Onnx_TensorShapeProto, of input: String) throws(ONNXError)
        -> [Dimension]
    {
        var result: [Dimension] = []
        for (axis, dimension) in shape.dim.enumerated() {
            switch dimension.value {
            // Some exporters write 0 or a negative number for an open length.
            case .dimValue(let length)? where length <= 0: result.append(.open(.axis(input, axis)))
            case .dimValue(let length)?:
                guard length <= Int64(Int32.max) else {
                    throw ONNXError("axis \(axis) of input \(input) has a length of \(length)")
                }
                result.append(.fixed(Int(length)))
            case .dimParam(let symbol)?: result.append(.open(OpenLength(symbol, input: input, axis: axis)))
            case nil: result.append(.open(.axis(input, axis)))
            }
        }
        return result
    }

    private mutating func bind(_ shape: [Int?], to port: Port) throws(ONNXError) {
        guard port.dimensions.count == shape.count else {
            let text = shape.map { $0.map(String.init) ?? "?" }.joined(separator: "x")
            throw ONNXError(
                "input \(port.name) has \(port.dimensions.count) axes, which \(text) does not fit")
        }
        for (axis, pair) in zip(port.dimensions, shape).enumerated() {
            guard let length = pair.1 else { continue }
            switch pair.0 {
            case .fixed(let declared) where declared != length:
                throw ONNXError(
                    "axis \(axis) of input \(port.name) has length \(declared), not \(length)")
            case .fixed: break
            case .open(let open): try bind(length, open, of: "axis \(axis) of input \(port.name)")
            }
        }
    }

    private mutating func bind(_ length: Int, _ open: OpenLength, of place: String) throws(ONNXError) {
        guard length >= 0 else { throw ONNXError("\(place) must be at least 0 long, got \(length)") }
        if let other = lengths[open], other != length {
            throw ONNXError("the length \(open.name) cannot be \(other) and \(length)")
        }
        lengths[open] = length
        requested.insert(open)
    }

    // MARK: Open lengths

    private var allOpenLengths: [OpenLength] {
        var seen: Set<OpenLength> = []
        return ports.flatMap(\.dimensions).compactMap { dimension in
            guard case .open(let open) = dimension, seen.insert(open).inserted else { return nil }
            return open
        }
    }

    /// The lengths that are still to be chosen, in the order of the inputs, without those that are sums of
    /// others.
    var undecided: [OpenLength] {
        let all = Set(allOpenLengths)
        return allOpenLengths.filter { open in
            guard lengths[open] == nil else { return false }
            guard let terms = open.terms else { return true }
            return !terms.allSatisfy { Int($0) != nil || all.contains(.symbol($0)) }
        }
    }

    /// Whether the model leaves any input length open, whatever it is traced at.
    var isOpen: Bool { !allOpenLengths.isEmpty }

    /// Returns the table with values for the open lengths.
    func choosing(_ choice: [OpenLength: Int]) -> DimensionTable {
        var result = self
        result.lengths.merge(choice) { old, _ in old }
        return result
    }

    private func length(_ open: OpenLength) -> Int? {
        if let length = lengths[open] { return length }
        guard let terms = open.terms else { return nil }
        var sum = 0
        for term in terms {
            guard let part = Int(term) ?? lengths[.symbol(term)] else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(part)
            guard !overflow, next >= 0 else { return nil }
            sum = next
        }
        return sum
    }

    /// The axes whose length was chosen, with the choice.
    var assumptions: [LengthAssumption] {
        ports.flatMap { port in
            port.dimensions.enumerated().compactMap { axis, dimension in
                guard case .open(let open) = dimension, !requested.contains(open) else { return nil }
                return LengthAssumption(
                    input: port.name, axis: axis, symbol: open.name, length: length(open) ?? 1)
            }
        }
    }

    // MARK: Types

    /// Returns the type of an input, unknown if it is not a tensor.
    ///
    /// - Throws: `ONNXError` if it is too large.
    func type(of input: Onnx_ValueInfoProto) throws -> TensorType {
        guard let port = positions[input.name].map({ ports[$0] }) else { return .unknown }
        let shape = port.dimensions.map { dimension in
            switch dimension {
            case .fixed(let length): length
            case .open(let open): length(open) ?? 1
            }
        }
        return try checked(TensorType(port.element, shape), input.name)
    }

    /// Returns the declared type of a value, `.unknown` if any of it is open.
    func declaredType(_ info: Onnx_ValueInfoProto) -> TensorType {
        guard case .tensorType(let type)? = info.type.value, type.hasShape,
            let element = ElementType.dtype(type.elemType)
        else { return .unknown }
        var shape: [Int] = []
        for (axis, dimension) in type.shape.dim.enumerated() {
            switch dimension.value {
            case .dimValue(let length)? where length > 0 && length <= Int64(Int32.max):
                shape.append(Int(length))
            case .dimParam(let symbol)?:
                guard let length = length(OpenLength(symbol, input: info.name, axis: axis)) else {
                    return .unknown
                }
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

extension Onnx_TypeProto {
    /// The declared type of a tensor, or of an optional tensor; nil for anything else.
    fileprivate var tensor: Onnx_TypeProto.Tensor? {
        switch value {
        case .tensorType(let tensor): tensor
        case .optionalType(let optional):
            if case .tensorType(let tensor)? = optional.elemType.value { tensor } else { nil }
        default: nil
        }
    }
}
