import Torch

/// Tensors that were read or computed from a model's stored ones, kept for when it is traced again.
final class StoredTensors {
    private var tensors: [String: Tensor] = [:]

    /// Returns the tensor of a name, made by a body where it is not there yet.
    func tensor(_ name: String, _ make: () throws -> Tensor?) rethrows -> Tensor? {
        if let tensor = tensors[name] { return tensor }
        let tensor = try make()
        tensors[name] = tensor
        return tensor
    }
}
