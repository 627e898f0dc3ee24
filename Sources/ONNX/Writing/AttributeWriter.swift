import Foundation
import Graph
import Torch

/// Converts attributes and tensors of the graph into those of a file.
enum AttributeWriter {
    /// Returns an attribute.
    static func attribute(_ name: String, _ value: AttributeValue) throws -> Onnx_AttributeProto {
        var result = Onnx_AttributeProto()
        result.name = name
        try write(value, to: &result)
        return result
    }

    /// Sets an attribute's value.
    static func write(_ value: AttributeValue, to attribute: inout Onnx_AttributeProto) throws {
        var result = Onnx_AttributeProto()
        result.name = attribute.name
        if attribute.hasDocString { result.docString = attribute.docString }
        switch value {
        case .integer(let value): (result.type, result.i) = (.int, Int64(value))
        case .float(let value): (result.type, result.f) = (.float, value)
        case .string(let value): (result.type, result.s) = (.string, Data(value.utf8))
        case .integers(let values): (result.type, result.ints) = (.ints, values.map { Int64($0) })
        case .floats(let values): (result.type, result.floats) = (.floats, values)
        case .strings(let values): (result.type, result.strings) = (.strings, values.map { Data($0.utf8) })
        case .tensor(let tensor):
            var message = attribute.hasT ? attribute.t : Onnx_TensorProto()
            describe(tensor, in: &message)
            message.rawData = Data(try tensor.bytes())
            (result.type, result.t) = (.tensor, message)
        }
        attribute = result
    }

    /// Makes a message describe a tensor, without its elements.
    static func describe(_ tensor: Tensor, in message: inout Onnx_TensorProto) {
        message.dims = tensor.shape.map { Int64($0) }
        message.dataType = ElementType.code(tensor.type)
        message.floatData = []
        message.doubleData = []
        message.int32Data = []
        message.int64Data = []
        message.uint64Data = []
        message.stringData = []
        message.externalData = []
        message.clearDataLocation()
        message.rawData = Data()
    }
}
