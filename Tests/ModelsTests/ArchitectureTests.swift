import Checkpoints
import Graph
import Models
import Testing
import Torch

@Suite("Architectures")
struct ArchitectureTests {
    @Test("names are unique and every architecture has PyTorch's number of parameters at full width")
    func counts() throws {
        let counts = try Fixtures.counts()
        #expect(Set(ModelRegistry.names).count == ModelRegistry.names.count)
        #expect(counts.keys.sorted() == ModelRegistry.names.sorted())
        for (name, count) in counts {
            let graph = try Fixtures.architecture(name).outline()
            let state = graph.stateDictionary
            let stored = state.reduce(0) { $0 + $1.tensor.count }
            #expect(stored == count.parameters + count.buffers, "\(name)")
            // What else there is are constants of the definition.
            let others = graph.parameters.filter { state[graph[$0].name] == nil }
            #expect(others.allSatisfy { graph[$0].type.count ?? .max <= 8 }, "\(name)")
        }
    }

    @Test("every architecture builds, verifies and classifies a batch", arguments: ModelRegistry.names)
    func runs(name: String) throws {
        let architecture = try Fixtures.architecture(name)
        #expect(!architecture.summary.isEmpty)
        // Wide enough that activations do not die out, small enough to be quick.
        let size =
            architecture.defaultImageSize.height >= 224 && !name.contains("vgg")
            ? 64 : architecture.defaultImageSize.height
        let graph = try architecture.initialised(
            classes: 7, inputChannels: 2, widthMultiplier: 1.0 / 16,
            imageSize: SpatialSize(height: size, width: size), seed: 3)
        try graph.verify()
        #expect(graph.name == name)
        #expect(graph.inputs.map { graph[$0].name } == ["input"])
        #expect(graph.outputs.map { graph[$0].name } == ["output"])
        #expect(graph.inputs.map { graph[$0].type.shape } == [[1, 2, size, size]])
        #expect(graph.outputs.map { graph[$0].type.shape } == [[1, 7]])
        let images = try Tensor(random: .normal, shape: [2, 2, size, size], seed: 1)
        let logits = try graph.logits(images)
        #expect(logits.shape == [2, 7])
        #expect(try logits.floats().allSatisfy(\.isFinite))
        #expect(Set(try logits.floats()).count > 1)
    }

    @Test(
        "a stored network computes what PyTorch computes",
        arguments: [
            "vgg11_bn", "resnet18", "resnet20", "resnet50", "torchvision_resnet18", "mlp_bn",
            "resnet20_option_a", "mobilenet_v2", "densenet_cifar",
        ])
    func golden(name: String) throws {
        let network = try Fixtures.network(name)
        let size = SpatialSize(height: network.images.shape[2], width: network.images.shape[3])
        let graph = try Fixtures.architecture(name).load(network.state, imageSize: size)
        // Float32 sums of up to some hundred terms in another order, through up to fifty layers.
        let tolerance = 2e-5
        let difference = try relativeDifference(graph.logits(network.images), network.expected)
        #expect(difference <= tolerance)
        #expect(
            try Tensor(network.expected.doubles()).applying(.absolute).reduced(.maximum, axes: []).scalar()
                > 0.1)
    }

    @Test("nodes stand in the order of definition, on which the numbering of groups depends")
    func order() throws {
        let graph = try Fixtures.architecture("resnet50").outline()
        let names = graph.nodes.map(\.name)
        let block = names.filter { $0.hasPrefix("layer2.0.") }
        #expect(
            block
                == [
                    "conv1", "bn1", "relu1", "conv2", "bn2", "relu2", "conv3", "bn3", "shortcut.0",
                    "shortcut.1",
                    "add", "relu",
                ].map { "layer2.0." + $0 })
        #expect(names.prefix(3) == ["conv1", "bn1", "relu"])
        #expect(names.suffix(3) == ["avgpool", "flatten", "linear"])
        let keys = graph.stateDictionary.names
        #expect(
            keys.prefix(6) == [
                "conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
            ])
        let vgg = try Fixtures.architecture("vgg11_bn").outline()
        #expect(vgg.nodes.map(\.name).suffix(4) == ["features.28", "features.29", "flatten", "classifier"])
    }

    @Test("bottlenecks stride in their 3 x 3 convolution")
    func strides() throws {
        for name in ["resnet50", "torchvision_resnet50"] {
            let graph = try Fixtures.architecture(name).outline()
            let before = try #require(graph.value(named: "layer2.0.conv1"))
            let after = try #require(graph.value(named: "layer2.0.conv2"))
            #expect(graph[before].type.shape[2] == 2 * graph[after].type.shape[2])
        }
    }

    @Test("larger images work where the map still divides")
    func imageSizes() throws {
        let vgg = try Fixtures.architecture("torchvision_vgg11")
        let graph = try vgg.outline(imageSize: SpatialSize(height: 448, width: 224))
        #expect(graph.nodes.contains { $0.name == "avgpool" })
        #expect(try !vgg.outline().nodes.contains { $0.name == "avgpool" })
        let error = #expect(throws: ModelError.self) {
            try vgg.outline(imageSize: SpatialSize(height: 256, width: 256))
        }
        #expect(error?.description.contains("cannot take images of 256x256") == true)
        #expect(error?.description.contains("[8, 8]") == true)
        let small = #expect(throws: ModelError.self) {
            try Fixtures.architecture("vgg11").outline(imageSize: SpatialSize(height: 16, width: 16))
        }
        #expect(small?.description.contains("features.20") == true)
    }

    @Test(
        "unknown names lead to similar ones",
        arguments: [
            ("vgg11bn", "vgg11_bn"), ("ResNet18", "resnet18"), ("resnet81", "resnet18"),
            ("vgg11_hlaf", "vgg11_half"),
            ("resnext50", "torchvision_resnext50_32x4d"),
        ])
    func unknown(name: String, wanted: String) throws {
        let error = #expect(throws: ModelError.self) { try ModelRegistry.architecture(named: name) }
        guard case .unknownArchitecture(name, let similar) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(similar.contains(wanted))
        #expect(similar.count <= 6)
        #expect(error?.description.contains(wanted) == true)
    }

    @Test("a name like no other is refused without a guess")
    func unlikeAny() {
        #expect(throws: ModelError.unknownArchitecture("transformer_xl_large", similar: [])) {
            try ModelRegistry.architecture(named: "transformer_xl_large")
        }
        #expect(throws: ModelError.self) { try ModelRegistry.architecture(named: "") }
    }
}
