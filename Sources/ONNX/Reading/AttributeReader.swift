import Graph
import Torch

/// Converts the attributes of a node into those of the graph.
enum AttributeReader {
    /// Returns the attributes.
    ///
    /// - Throws: `GraphError` naming an attribute that the graph cannot hold.
    static func attributes(_ node: Onnx_NodeProto, external: ExternalData) throws -> Attributes {
        var result: Attributes = [:]
        for attribute in node.attribute {
            result[attribute.name] = try value(attribute, external)
        }
        return result
    }

    private static func value(_ attribute: Onnx_AttributeProto, _ external: ExternalData) throws
        -> AttributeValue
    {
        switch attribute.type {
        case .float: return .float(attribute.f)
        case .int: return .integer(Int(attribute.i))
        case .string: return .string(String(decoding: attribute.s, as: UTF8.self))
        case .floats: return .floats(attribute.floats)
        case .ints: return .integers(attribute.ints.map { Int($0) })
        case .strings: return .strings(attribute.strings.map { String(decoding: $0, as: UTF8.self) })
        case .tensor:
            guard let tensor = try TensorReader.tensor(attribute.t, external: external) else {
                let name = ElementType.name(attribute.t.dataType)
                throw GraphError("attribute \(attribute.name) holds elements of type \(name)")
            }
            return .tensor(tensor)
        case .undefined where !attribute.hasType: return try untyped(attribute, external)
        default: throw GraphError("attribute \(attribute.name) has an unsupported kind")
        }
    }

    /// Files of the first versions omit the type.
    private static func untyped(_ attribute: Onnx_AttributeProto, _ external: ExternalData) throws
        -> AttributeValue
    {
        var typed = attribute
        if attribute.hasF {
            typed.type = .float
        } else if attribute.hasI {
            typed.type = .int
        } else if attribute.hasS {
            typed.type = .string
        } else if attribute.hasT {
            typed.type = .tensor
        } else if !attribute.floats.isEmpty {
            typed.type = .floats
        } else if !attribute.ints.isEmpty {
            typed.type = .ints
        } else if !attribute.strings.isEmpty {
            typed.type = .strings
        } else {
            throw GraphError("attribute \(attribute.name) has no value")
        }
        return try value(typed, external)
    }
}
