import Graph
import Operators
import Torch

/// Writes convolutions along channels as nodes of the standard.
///
/// A convolution with all its channels is a Conv. Otherwise the remaining channels are put in their places,
/// the empty places multiplied by 0, and the Conv's outputs taken at places that are not empty.
struct NeighbourWriter {
    /// The nodes of the standard.
    private(set) var nodes: [Onnx_NodeProto] = []
    /// New tensors that they read.
    private(set) var tensors: [(name: String, tensor: Tensor)] = []
    /// Tensors of the graph that are now unused.
    private(set) var unread: Set<String> = []

    /// Writes out nodes.
    ///
    /// - Parameter value: Returns the type of a value and, if it is stored, its tensor.
    init(_ list: [Onnx_NodeProto], value: (String) -> (type: TensorType, tensor: Tensor?)?) throws {
        nodes.reserveCapacity(list.count)
        for node in list {
            if GraphImporter.isNeighbourConvolution(node) {
                try spellOut(node, value)
            } else {
                nodes.append(node)
            }
        }
    }

    private mutating func spellOut(
        _ node: Onnx_NodeProto, _ value: (String) -> (type: TensorType, tensor: Tensor?)?
    ) throws {
        let length = node.attribute.first { $0.name == NeighbourConv.lengthName }.map { Int($0.i) }
        guard let name = node.input.last, let places = try value(name)?.tensor?.integers(), let length,
            let element = value(node.input[0])?.type.element
        else { throw ONNXError("node \(node.label) has lost the places of its channels") }
        var convolution = node
        (convolution.opType, convolution.domain) = ("Conv", "")
        convolution.attribute.removeAll { $0.name == NeighbourConv.lengthName }
        convolution.input.removeLast()
        while convolution.input.last == "" { convolution.input.removeLast() }
        guard places != Array(0..<length) else {
            unread.insert(name)
            return nodes.append(convolution)
        }
        func made(_ part: String) -> String { "\(node.output[0])/\(part)" }
        var (sources, isThere) = ([Int](repeating: 0, count: length), [Float](repeating: 0, count: length))
        for (channel, place) in places.enumerated() { (sources[place], isThere[place]) = (channel, 1) }
        tensors.append((made("channels"), try Tensor(sources)))
        tensors.append((made("presence"), try Tensor(isThere).converted(to: element)))
        nodes.append(try gather(node.input[0], made("channels"), made("placed")))
        var product = Onnx_NodeProto()
        (product.opType, product.name) = ("Mul", made("zeroed"))
        (product.input, product.output) = ([made("placed"), made("presence")], [made("zeroed")])
        (convolution.input[0], convolution.output) = (made("zeroed"), [made("mixed")])
        nodes += [product, convolution, try gather(made("mixed"), name, node.output[0])]
    }

    private func gather(_ data: String, _ positions: String, _ output: String) throws -> Onnx_NodeProto {
        var node = Onnx_NodeProto()
        (node.opType, node.name, node.input, node.output) = ("Gather", output, [data, positions], [output])
        node.attribute = [try AttributeWriter.attribute("axis", .integer(2))]
        return node
    }
}
