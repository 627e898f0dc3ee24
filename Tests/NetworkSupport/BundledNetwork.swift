internal import Checkpoints
internal import Foundation
package import Graph
internal import Models
internal import TestSupport

/// The networks that the package brings along.
package enum BundledNetwork {
    /// A network of the digits with its batch-norms, by its architecture's name.
    package static func digits(_ name: String) throws -> Graph { try load(name, "digits") }

    /// A network of CIFAR-10 with its batch-norms, by its architecture's name.
    package static func cifar(_ name: String) throws -> Graph { try load(name, "cifar") }

    private static func load(_ name: String, _ data: String) throws -> Graph {
        let file = SharedFiles.packageFolder.appendingPathComponent("models/\(data)-\(name).safetensors")
        return try ModelRegistry.architecture(named: name).load(CheckpointFile.load(file).state)
    }
}
