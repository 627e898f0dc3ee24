internal import Analysis
internal import Graph
internal import Torch

/// Where a layer's outputs go: the sum that they are added to, and whether its negative values count.
///
///     s = y + sum_k w_k o_k + c,   followed by max(0, s) or s
///
/// If the sum is known, the layer can compensate for errors of the other terms (He, Zhang and Sun, "Channel pruning for
/// accelerating very deep neural networks", ICCV 2017, section 3.2). If it is rectified, how negative the sum is does
/// not matter (Zhang et al., "Accelerating very deep convolutional networks for classification and detection", TPAMI
/// 2016, section 3.2).
struct LayerJunction {
    /// A term of the sum besides the layer's own outputs.
    struct Term {
        let value: ValueID
        let weight: Double
    }

    /// The other terms, all of the outputs' own shape.
    private(set) var terms: [Term] = []
    /// Stored vectors that are added, one number per output.
    private(set) var constants: [Term] = []
    /// The sum.
    private(set) var end: ValueID
    /// Whether the sum is read only as max(0, s).
    private(set) var isRectified = false

    /// Follows a layer's outputs.
    ///
    /// - Parameters:
    ///   - output: The layer's output.
    ///   - axis: The axis of its channels.
    ///   - bias: A stored vector that counts as part of the layer's own outputs.
    ///   - isKnown: Whether a value is computed before the layer is fitted. Sums with unknown terms are not followed.
    init(
        _ output: ValueID, axis: Int, bias: ValueID? = nil, in network: AnalysedNetwork,
        isKnown: (ValueID) -> Bool
    ) throws {
        let (graph, readers) = (network.graph, network.readers)
        end = output
        while let user = readers[end]?.first, readers[end]?.count == 1, !graph.outputs.contains(end),
            graph[user].outputs.count == 1
        {
            let node = graph[user]
            switch try network.effect(of: user) {
            case .rectification:
                isRectified = true
                return
            case .sum(let weights):
                guard weights.count == node.inputs.count,
                    let own = node.inputs.firstIndex(of: end), weights[own] == 1
                else { return }
                var next = self
                for (index, input) in node.inputs.enumerated() where index != own {
                    guard let input else { return }
                    let (type, wanted) = (graph[input].type, graph[output].type)
                    if input == bias {
                        continue
                    } else if let tensor = graph[input].tensor {
                        let place = axis - wanted.shape.count + tensor.rank
                        guard tensor.count == wanted.shape[axis], tensor.shape.indices.contains(place),
                            tensor.shape[place] == tensor.count
                        else { return }
                        next.constants.append(Term(value: input, weight: weights[index]))
                    } else {
                        guard type.shape == wanted.shape, isKnown(input) else { return }
                        next.terms.append(Term(value: input, weight: weights[index]))
                    }
                }
                next.end = node.outputs[0]
                self = next
            default: return
            }
        }
    }
}
