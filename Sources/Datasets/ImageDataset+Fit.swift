public import Graph

extension ImageDataset {
    /// Checks that a network takes these images and has one output for each of their classes.
    ///
    /// - Throws: `DatasetError` saying what the network takes and what the images are.
    public func requireFit(to graph: Graph) throws {
        try requireInputFit(to: graph)
        guard graph.outputs.count == 1 else {
            throw DatasetError.unfit("\(graph.name) has \(graph.outputs.count) outputs, expected one")
        }
        let outputs = graph[graph.outputs[0]].type.shape.dropFirst()
        guard outputs.elementsEqual([classNames.count]) else {
            throw DatasetError.unfit(
                "\(graph.name) has \(Self.text(outputs)) outputs per image, \(name) has \(classNames.count) classes"
            )
        }
    }

    /// Checks that a network takes these images, whatever its outputs.
    ///
    /// - Throws: `DatasetError` saying what the network takes and what the images are.
    public func requireInputFit(to graph: Graph) throws {
        guard count > 0 else { throw DatasetError.unfit("the data set \(name) needs at least one image") }
        guard graph.inputs.count == 1 else {
            throw DatasetError.unfit("\(graph.name) has \(graph.inputs.count) inputs, expected one")
        }
        let taken = graph[graph.inputs[0]].type.shape.dropFirst()
        let size = [imageSize.channels, imageSize.height, imageSize.width]
        guard taken.elementsEqual(size) else {
            throw DatasetError.unfit(
                "\(graph.name) takes images of \(Self.text(taken)), those of \(name) are \(Self.text(size))")
        }
    }

    private static func text(_ shape: some Sequence<Int>) -> String {
        shape.map(String.init).joined(separator: "x")
    }
}
