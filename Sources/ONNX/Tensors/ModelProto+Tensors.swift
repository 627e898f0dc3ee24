extension Onnx_ModelProto {
    /// Calls a body for every tensor of the model, including those in attributes, subgraphs and functions.
    func forEachTensor(_ body: (Onnx_TensorProto) throws -> Void) rethrows {
        for tensor in graph.initializer { try body(tensor) }
        // Elements are shared with the copy.
        var copy = self
        try copy.updateInnerTensors { try body($0) }
    }

    /// Changes every tensor except the main graph's dense initialisers.
    mutating func updateInnerTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        if hasGraph { try graph.updateInnerTensors(body) }
        for function in functions.indices {
            for node in functions[function].node.indices {
                try functions[function].node[node].updateTensors(body)
            }
            for index in functions[function].attributeProto.indices {
                try functions[function].attributeProto[index].updateTensors(body)
            }
        }
        for index in trainingInfo.indices {
            if trainingInfo[index].hasInitialization {
                try trainingInfo[index].initialization.updateTensors(body)
            }
            if trainingInfo[index].hasAlgorithm { try trainingInfo[index].algorithm.updateTensors(body) }
        }
    }
}

extension Onnx_GraphProto {
    /// Changes every tensor.
    fileprivate mutating func updateTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        for index in initializer.indices { try body(&initializer[index]) }
        try updateInnerTensors(body)
    }

    /// Changes every tensor except dense initialisers.
    fileprivate mutating func updateInnerTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        for index in sparseInitializer.indices { try sparseInitializer[index].updateTensors(body) }
        for index in node.indices { try node[index].updateTensors(body) }
    }
}

extension Onnx_NodeProto {
    fileprivate mutating func updateTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        for index in attribute.indices { try attribute[index].updateTensors(body) }
    }
}

extension Onnx_AttributeProto {
    fileprivate mutating func updateTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        if hasT { try body(&t) }
        for index in tensors.indices { try body(&tensors[index]) }
        if hasSparseTensor { try sparseTensor.updateTensors(body) }
        for index in sparseTensors.indices { try sparseTensors[index].updateTensors(body) }
        if hasG { try g.updateTensors(body) }
        for index in graphs.indices { try graphs[index].updateTensors(body) }
    }
}

extension Onnx_SparseTensorProto {
    fileprivate mutating func updateTensors(_ body: (inout Onnx_TensorProto) throws -> Void) rethrows {
        if hasValues { try body(&values) }
        if hasIndices { try body(&indices) }
    }
}
