internal import Synchronization
internal import Torch

/// The values of a plan's constant nodes, once they are computed.
final class ConstantValues: Sendable {
    private let values = Mutex<[ValueID: Tensor]?>(nil)

    /// Returns the values; the first call computes them.
    func values(computing: () throws -> [ValueID: Tensor]) rethrows -> [ValueID: Tensor] {
        if let values = values.withLock({ $0 }) { return values }
        let result = try computing()
        values.withLock { $0 = result }
        return result
    }
}
