package import Graph
package import Models
package import Torch

/// A built-in architecture, narrow enough to try everything on it.
package struct NetworkCase: Sendable, CustomStringConvertible {
    /// The architecture's name.
    package let name: String

    package var description: String { name }

    /// All architectures whose batch-norms all fold into convolutions and whose channels are all in groups.
    package static let all = ModelRegistry.names.filter { name in
        !["option_a", "densenet", "mobilenet", "efficientnet", "convnext", "vit_", "deit_", "timm_"].contains
        {
            name.contains($0)
        }
    }.map(NetworkCase.init)

    /// A case of an architecture.
    package init(name: String) {
        self.name = name
    }

    /// The architecture.
    package var architecture: any Architecture {
        get throws { try ModelRegistry.architecture(named: name) }
    }

    /// The factor of all widths: narrower ResNeXt would have nothing but depthwise convolutions.
    private var widthMultiplier: Double {
        if name.contains("resnext") { return 1 / 4 }
        return name.hasPrefix("torchvision_vgg") ? 1 / 32 : 1 / 16
    }

    /// The smallest size of images that the architecture's map does not vanish at.
    package var imageSize: SpatialSize {
        if name.hasPrefix("torchvision_vgg") { return SpatialSize(height: 224, width: 224) }
        return name.hasPrefix("torchvision") ? SpatialSize(height: 64, width: 64) : .cifar
    }

    /// The network with random weights that keep a signal's strength and batch-norms that change it.
    package func network(seed: UInt64 = 1) throws -> Graph {
        let graph = try architecture.initialised(
            classes: 10, widthMultiplier: widthMultiplier, imageSize: imageSize, seed: seed)
        return try graph.enlivened(seed: seed)
    }

    /// Images that fit the network.
    package func images(count: Int = 2, seed: UInt64 = 1) throws -> Tensor {
        try Tensor(
            random: .normal, shape: [count, 3, imageSize.height, imageSize.width], seed: seed)
    }
}
