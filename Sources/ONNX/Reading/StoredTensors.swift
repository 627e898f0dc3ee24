import Torch

/// Tensors that were read, or computed from stored ones, kept for further traces of the model.
final class StoredTensors {
    private var tensors: [String: Tensor] = [:]

    /// Returns the tensor with a name, made by a body on the first request.
    func tensor(_ name: String, _ make: () throws -> Tensor?) rethrows -> Tensor? {
        if let tensor = tensors[name] { return tensor }
        let tensor = try make()
        tensors[name] = tensor
        return tensor
    }
}
