import Foundation
import ONNX
import Torch

/// A small model, put together message by message.
struct ModelSketch {
    var messages = Onnx_ModelProto()

    init(operatorSet: Int64 = 17) {
        messages.irVersion = 8
        var version = Onnx_OperatorSetIdProto()
        version.version = operatorSet
        messages.opsetImport = [version]
        messages.graph.name = "sketch"
    }

    /// An axis as a file declares it.
    enum Axis: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
        case length(Int64)
        case symbol(String)

        init(integerLiteral value: Int64) { self = .length(value) }
        init(stringLiteral value: String) { self = .symbol(value) }
    }

    static func value(_ name: String, _ axes: [Axis]?, element: Int32 = 1) -> Onnx_ValueInfoProto {
        var info = Onnx_ValueInfoProto()
        info.name = name
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = element
        if let axes {
            tensor.shape = Onnx_TensorShapeProto()
            tensor.shape.dim = axes.map { axis in
                var dimension = Onnx_TensorShapeProto.Dimension()
                switch axis {
                case .length(let length): dimension.value = .dimValue(length)
                case .symbol(let symbol): dimension.value = .dimParam(symbol)
                }
                return dimension
            }
        }
        info.type.value = .tensorType(tensor)
        return info
    }

    mutating func input(_ name: String, _ axes: [Axis]?, element: Int32 = 1) {
        messages.graph.input.append(Self.value(name, axes, element: element))
    }

    mutating func output(_ name: String) { messages.graph.output.append(Self.value(name, nil)) }

    /// Adds a stored tensor of random numbers that depend on its name.
    mutating func weight(_ name: String, _ shape: [Int]) throws {
        let seed = name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
        messages.graph.initializer.append(
            try Self.tensor(name, Tensor(random: .normal, shape: shape, seed: seed), element: 1))
    }

    mutating func integers(_ name: String, _ numbers: [Int]) throws {
        messages.graph.initializer.append(try Self.tensor(name, Tensor(numbers), element: 7))
    }

    mutating func scalar(_ name: String, _ number: Double) throws {
        messages.graph.initializer.append(
            try Self.tensor(name, Tensor(repeating: number, shape: []), element: 1))
    }

    static func tensor(_ name: String, _ tensor: Tensor, element: Int32) throws -> Onnx_TensorProto {
        var result = Onnx_TensorProto()
        result.name = name
        result.dims = tensor.shape.map(Int64.init)
        result.dataType = element
        result.rawData = Data(try tensor.bytes())
        return result
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: [Int64]] = [:]
    ) -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        (node.opType, node.name, node.input, node.output) = (type, outputs[0], inputs, outputs)
        for (name, numbers) in attributes.sorted(by: { $0.key < $1.key }) {
            var attribute = Onnx_AttributeProto()
            attribute.name = name
            if numbers.count == 1, !["axes", "pads", "perm", "kernel_shape"].contains(name) {
                attribute.type = .int
                attribute.i = numbers[0]
            } else {
                attribute.type = .ints
                attribute.ints = numbers
            }
            node.attribute.append(attribute)
        }
        return node
    }

    mutating func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: [Int64]] = [:]
    ) {
        messages.graph.node.append(Self.node(type, inputs, outputs, attributes))
    }

    func model(inputShapes: [String: [Int?]] = [:]) throws -> ONNXModel {
        try ONNXModel(ONNXMessages.bytes(messages), inputShapes: inputShapes)
    }
}
