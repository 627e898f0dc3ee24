internal import CTorch

extension Tensor {
    /// Returns a leaf whose uses are recorded for differentiation.
    public func requiringGradient() throws(TorchError) -> Tensor {
        try yield(using: self) { ct_require_gradient(pointer, $0, $1) }
    }

    /// Returns the same elements, detached from the recording.
    public func detached() throws(TorchError) -> Tensor {
        try yield(using: self) { ct_detach(pointer, $0, $1) }
    }

    /// Returns the gradients of this scalar; nil for a parameter that it does not depend on.
    public func gradients(of parameters: [Tensor]) throws(TorchError) -> [Tensor?] {
        let pointers: [ct_tensor?] = parameters.map { $0.pointer }
        var results = [ct_tensor?](repeating: nil, count: parameters.count)
        defer { withExtendedLifetime((self, parameters)) {} }
        try check { ct_gradients(pointer, pointers, Int32(pointers.count), &results, $0) }
        return results.map { $0.map { Tensor(handle: TensorHandle(owning: $0)) } }
    }
}
