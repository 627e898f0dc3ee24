internal import Foundation
internal import Torch

/// How large the values may be that one node makes, or that are drawn for one input.
package enum MemoryLimit {
    /// No machine is so small that a network might not make that.
    private static let least = 1 << 32

    /// A quarter of the machine's memory: what goes in and what comes out of a node are there at once.
    package static let bytes = max(
        Int(clamping: ProcessInfo.processInfo.physicalMemory / 4), least)

    /// Throws where values of these types are too large; those of which nothing is known do not count.
    package static func require(_ types: [TensorType]) throws(GraphError) {
        var total = 0
        for type in types where type.isKnown {
            let (size, overflow) = (type.count ?? .max).multipliedReportingOverflow(
                by: type.element.byteCount)
            guard !overflow, size <= bytes - total else {
                throw GraphError(
                    "a value of type \(type) is too large: more than \(bytes >> 20) MiB at once are not asked for"
                )
            }
            total += max(size, 0)
        }
    }
}
