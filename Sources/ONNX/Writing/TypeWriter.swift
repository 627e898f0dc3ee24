import Graph
import Torch

/// Writes the types of values.
enum TypeWriter {
    /// Returns the description of a value.
    ///
    /// - Parameter openAxis: An axis whose length is left open, and the name of that length.
    static func info(
        _ name: String, _ type: TensorType, openAxis: (axis: Int, symbol: String)? = nil
    ) -> Onnx_ValueInfoProto {
        var result = Onnx_ValueInfoProto()
        result.name = name
        guard type.isKnown else { return result }
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = ElementType.code(type.element)
        tensor.shape.dim = type.shape.map(dimension)
        if let openAxis, tensor.shape.dim.indices.contains(openAxis.axis) {
            tensor.shape.dim[openAxis.axis].value = .dimParam(openAxis.symbol)
        }
        // An empty shape is that of a scalar.
        if type.shape.isEmpty { tensor.shape = Onnx_TensorShapeProto() }
        result.type.value = .tensorType(tensor)
        return result
    }

    /// Sets the lengths of the axes that changed; names of open lengths stay on the others.
    static func update(_ info: inout Onnx_ValueInfoProto, from old: TensorType, to new: TensorType) {
        guard old != new, new.isKnown, case .tensorType(var tensor)? = info.type.value, tensor.hasShape else {
            return
        }
        tensor.elemType = ElementType.code(new.element)
        if tensor.shape.dim.count == new.shape.count, old.shape.count == new.shape.count {
            for axis in new.shape.indices where new.shape[axis] != old.shape[axis] {
                tensor.shape.dim[axis].value = .dimValue(Int64(new.shape[axis]))
            }
        } else {
            tensor.shape.dim = new.shape.map(dimension)
        }
        info.type.value = .tensorType(tensor)
    }

    private static func dimension(_ length: Int) -> Onnx_TensorShapeProto.Dimension {
        var result = Onnx_TensorShapeProto.Dimension()
        result.value = .dimValue(Int64(length))
        return result
    }
}
