internal import Compression
internal import Coupling
internal import Graph
internal import OptimalTransport
internal import Torch

/// Computes a producer's outputs after a channel map from those before: `z' = M z` along axis 1.
struct ChannelMixer: Sendable {
    /// The selected channels, if M only selects.
    private let selection: [Int]?
    /// M `[m, n]`.
    private let matrix: Tensor

    init(_ map: ChannelMap, device: Device) throws {
        let entries = map.producer.entries
        selection =
            entries.count == map.kept.count
                && entries.enumerated().allSatisfy { $0.element.row == $0.offset && $0.element.value == 1 }
            ? entries.map(\.column) : nil
        matrix = try Tensor(
            map.producer.dense().map { Float($0) }, shape: [map.producer.rows, map.producer.columns]
        ).moved(to: device)
    }

    /// Returns `[samples, m, ...]` from `[samples, n, ...]`.
    func applied(to value: Tensor) throws -> Tensor {
        if let selection { return try value.selecting(axis: 1, selection) }
        let spatial = value.rank - 2
        guard spatial > 0 else { return try value.linear(weight: matrix, bias: nil) }
        let ones = [Int](repeating: 1, count: spatial)
        let zeros = [Int](repeating: 0, count: spatial)
        return try value.convolved(
            weight: matrix.reshaped(matrix.shape + ones), bias: nil,
            geometry: Tensor.ConvolutionGeometry(stride: ones, padding: zeros, dilation: ones))
    }

    /// Returns the outputs of a base network that a map on a group multiplies by M if their inputs are
    /// unchanged, with the work of that multiplication.
    ///
    /// They are the outputs of nodes that produce all of their channels from the group's weights and biases.
    static func mixedValues(
        _ map: ChannelMap, of group: CoupledGroup, in base: Graph
    ) throws -> [ValueID: Int] {
        let producers = Dictionary(
            grouping: group.members.filter { $0.role == .producer || $0.role == .bias }, by: \.parameter)
        var values: [ValueID: Int] = [:]
        for id in base.nodeIDs {
            let node = base[id]
            guard node.inputs.contains(where: { $0.map { producers[$0] != nil } ?? false }),
                node.op.biasInput != nil, let output = node.outputs.first, node.outputs.count == 1
            else {
                continue
            }
            let type = base[output].type
            guard (2...5).contains(type.shape.count), type.element == .float32, type.shape[1] == group.width,
                let count = type.count
            else { continue }
            let links = try base.links(of: id)
            let isLinear = node.inputs.enumerated().allSatisfy { index, input in
                guard let input, base[input].tensor != nil else { return true }
                let members = producers[input] ?? []
                return links.contains { link in
                    guard case .input(index) = link.first.slot, link.second == .output(0, 1),
                        link.lanes == nil,
                        link.role == .producer || link.role == .bias
                    else { return false }
                    return members.contains {
                        $0.axis == link.first.axis && $0.positions == (0..<group.width).map { [$0] }
                    }
                }
            }
            if isLinear { values[output] = count * map.kept.count }
        }
        return values
    }
}
