public import Checkpoints
public import Graph
internal import Torch

extension Graph {
    /// The suffix of names of constants that belong to an architecture's definition.
    static let constantMark = "#"

    /// The parameters by their names, in the order of definition: for a built-in network, PyTorch's state dict.
    ///
    /// Integer constants of imported graphs and constants of a definition are left out. PyTorch loads it
    /// without changes, since it fills in the counters `num_batches_tracked` itself.
    public var stateDictionary: StateDictionary {
        StateDictionary(
            parameters.compactMap { id in
                guard self[id].type.element.isFloatingPoint, let tensor = self[id].tensor,
                    !self[id].name.hasSuffix(Self.constantMark)
                else { return nil }
                return (name: self[id].name, tensor: tensor)
            })
    }
}
