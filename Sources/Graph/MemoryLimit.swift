internal import Foundation
internal import Torch

/// The largest value that one node may make, or that may be drawn for one input.
package enum MemoryLimit {
    /// A network may always make this much, however small the machine.
    private static let least = 1 << 32

    /// A quarter of the machine's memory, since a node's inputs and outputs are in memory at once.
    package static let bytes = max(
        Int(clamping: ProcessInfo.processInfo.physicalMemory / 4), least)

    /// Throws if values of these types are too large; values of unknown type do not count.
    package static func require(_ types: [TensorType]) throws(GraphError) {
        var total = 0
        for type in types where type.isKnown {
            let (size, overflow) = (type.count ?? .max).multipliedReportingOverflow(
                by: type.element.byteCount)
            guard !overflow, size <= bytes - total else {
                throw GraphError(
                    "a value of type \(type) is too large: more than \(bytes >> 20) MiB at once are refused"
                )
            }
            total += max(size, 0)
        }
    }
}
