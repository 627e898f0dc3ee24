public import Graph

extension ImageForm {
    /// Returns the form with the size that a network with one image input takes; unchanged for other
    /// networks.
    public func fitting(_ graph: Graph) -> ImageForm {
        var copy = self
        if graph.inputs.count == 1 {
            let shape = graph[graph.inputs[0]].type.shape
            if shape.count == 4 {
                copy.size = try? ImageSize(channels: shape[1], height: shape[2], width: shape[3])
            }
        }
        return copy
    }
}
