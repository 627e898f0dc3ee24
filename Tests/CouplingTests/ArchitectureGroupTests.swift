import Coupling
import Graph
import Models
import NetworkSupport
import Testing
import Torch

@Suite("Groups of the built-in architectures")
struct ArchitectureGroupTests {
    private func outline(_ name: String) throws -> Graph {
        try ModelRegistry.architecture(named: name).outline()
    }

    @Test("VGG11 with batch-norms: one group a convolution, from the last to the first")
    func vgg() throws {
        let coupling = try Coupling(outline("vgg11_bn"))
        let layers = [(25, 512), (22, 512), (18, 512), (15, 512), (11, 256), (8, 256), (4, 128), (0, 64)]
        let consumers = ["classifier"] + layers.dropLast().map { "features.\($0.0)" }
        let expected = zip(layers, consumers).map { layer, consumer in
            GroupExpectation(
                layer.1, producers: ["features.\(layer.0)"], biases: ["features.\(layer.0)"],
                consumers: [consumer], normalisations: ["features.\(layer.0 + 1)"])
        }
        #expect(coupling.found == expected)
        #expect(coupling.groups.map(\.index) == Array(0..<8))
        #expect(coupling.groups.allSatisfy { $0.members.allSatisfy { $0.positionsPerChannel == 1 } })
        #expect(coupling.frozen.map(\.width).sorted() == [3, 10])
        #expect(coupling.reason("features.0.weight", axis: 1)?.contains("\"input\"") == true)
        #expect(coupling.reason("classifier.weight", axis: 0)?.contains("\"output\"") == true)
    }

    /// The numbering of the published experiments: residual streams are 0, 3, 6 and 9.
    @Test("ResNet18 for small images: twelve groups, streams with their shortcuts")
    func resNet18() throws {
        let coupling = try Coupling(outline("resnet18"))
        var expected: [GroupExpectation] = []
        for stage in [4, 3, 2, 1] {
            let layer = "layer\(stage)"
            let width = 32 << stage
            let isFirst = stage == 1
            let entry = isFirst ? "conv1" : "\(layer).0.shortcut.0"
            let entryNormalisation = isFirst ? "bn1" : "\(layer).0.shortcut.1"
            let producers = ["\(layer).1.conv2", "\(layer).0.conv2", entry]
            let next =
                stage == 4 ? ["linear"] : ["layer\(stage + 1).0.conv1", "layer\(stage + 1).0.shortcut.0"]
            expected.append(
                GroupExpectation(
                    width, producers: producers, biases: producers,
                    consumers: next + ["\(layer).1.conv1"] + (isFirst ? ["\(layer).0.conv1"] : []),
                    normalisations: ["\(layer).1.bn2", "\(layer).0.bn2", entryNormalisation]))
            for block in [1, 0] {
                let inner = "\(layer).\(block).conv1"
                expected.append(
                    GroupExpectation(
                        width, producers: [inner], biases: [inner], consumers: ["\(layer).\(block).conv2"],
                        normalisations: ["\(layer).\(block).bn1"]))
            }
        }
        #expect(coupling.found == expected)
        #expect(coupling.groups.count == 12)
    }

    @Test("ResNet50 for small images: a stream a stage, two groups a block, and the stem")
    func resNet50() throws {
        let coupling = try Coupling(outline("resnet50"))
        var expected: [GroupExpectation] = []
        for (stage, blocks) in [(4, 3), (3, 6), (2, 4), (1, 3)] {
            let layer = "layer\(stage)"
            let inner = 32 << stage
            let producers = (0..<blocks).map { "\(layer).\($0).conv3" } + ["\(layer).0.shortcut.0"]
            let next =
                stage == 4 ? ["linear"] : ["layer\(stage + 1).0.conv1", "layer\(stage + 1).0.shortcut.0"]
            expected.append(
                GroupExpectation(
                    4 * inner, producers: producers, biases: producers,
                    consumers: next + (1..<blocks).map { "\(layer).\($0).conv1" },
                    normalisations: (0..<blocks).map { "\(layer).\($0).bn3" } + ["\(layer).0.shortcut.1"]))
            for block in (0..<blocks).reversed() {
                for number in [2, 1] {
                    let name = "\(layer).\(block).conv\(number)"
                    expected.append(
                        GroupExpectation(
                            inner, producers: [name], biases: [name],
                            consumers: ["\(layer).\(block).conv\(number + 1)"],
                            normalisations: ["\(layer).\(block).bn\(number)"]))
                }
            }
        }
        expected.append(
            GroupExpectation(
                64, producers: ["conv1"], biases: ["conv1"],
                consumers: ["layer1.0.conv1", "layer1.0.shortcut.0"], normalisations: ["bn1"]))
        #expect(coupling.found == expected)
    }

    @Test("VGG for ImageNet: each channel before the flattening has the 49 positions of its map")
    func torchvisionVGG() throws {
        let coupling = try Coupling(outline("torchvision_vgg11"))
        let layers = [(18, 512), (16, 512), (13, 512), (11, 512), (8, 256), (6, 256), (3, 128), (0, 64)]
        let convolutions = zip(layers, ["classifier.0"] + layers.map { "features.\($0.0)" }).map {
            GroupExpectation(
                $0.1, producers: ["features.\($0.0)"], biases: ["features.\($0.0)"], consumers: [$1])
        }
        let linear = [("classifier.3", "classifier.6"), ("classifier.0", "classifier.3")].map {
            GroupExpectation(4096, producers: [$0], biases: [$0], consumers: [$1])
        }
        #expect(coupling.found == linear + convolutions)
        let flattened = try #require(coupling.groups[2].member("classifier.0.weight", axis: 1))
        #expect(flattened.positionsPerChannel == 49)
        #expect(flattened.positions == (0..<512).map { channel in (0..<49).map { channel * 49 + $0 } })
    }

    @Test("ResNet18 for ImageNet: the same groups without biases, the stem in the first stream")
    func torchvisionResNet() throws {
        let coupling = try Coupling(outline("torchvision_resnet18"))
        let small = try Coupling(outline("resnet18"))
        #expect(coupling.groups.map(\.width) == small.groups.map(\.width))
        #expect(
            coupling.found[9]
                == GroupExpectation(
                    64, producers: ["conv1", "layer1.0.conv2", "layer1.1.conv2"],
                    consumers: [
                        "layer1.0.conv1", "layer1.1.conv1", "layer2.0.conv1", "layer2.0.downsample.0",
                    ], normalisations: ["bn1", "layer1.0.bn2", "layer1.1.bn2"]))
        #expect(
            coupling.found[0]
                == GroupExpectation(
                    512, producers: ["layer4.0.conv2", "layer4.0.downsample.0", "layer4.1.conv2"],
                    consumers: ["layer4.1.conv1", "fc"],
                    normalisations: ["layer4.0.bn2", "layer4.0.downsample.1", "layer4.1.bn2"]))
    }

    /// ResNeXt's 3 x 3 convolutions have 32 groups: a channel is the same position of every one.
    @Test("ResNeXt: channels of a grouped convolution are tied across its groups")
    func resNeXt() throws {
        let coupling = try Coupling(outline("torchvision_resnext50_32x4d"))
        let group = try #require(coupling.group(producedBy: "layer1.0.conv1.weight"))
        #expect(group.width == 4)
        let producer = try #require(group.member("layer1.0.conv1.weight", axis: 0))
        #expect(producer.positions == (0..<4).map { channel in (0..<32).map { channel + 4 * $0 } })
        let consumer = try #require(group.member("layer1.0.conv2.weight", axis: 1))
        #expect(consumer.role == .consumer)
        #expect(consumer.positions == [[0], [1], [2], [3]])
    }

    @Test(
        "every parameter axis of every architecture is in a group once or frozen", arguments: NetworkCase.all)
    func complete(_ network: NetworkCase) throws {
        let graph = try network.network()
        let coupling = try Coupling(graph)
        var seen: [String: Set<Int>] = [:]
        for (members, width) in coupling.groups.map({ ($0.members, $0.width) })
            + coupling.frozen.map({ ($0.members, $0.width) })
        {
            for member in members {
                #expect(member.positions.count == width)
                for position in member.positions.joined() {
                    let isNew = seen["\(member.name) \(member.axis)", default: []].insert(position).inserted
                    #expect(isNew, "position \(position) of \(member.name) axis \(member.axis) occurs twice")
                }
            }
        }
        // Lengths that an architecture's definition holds are no channels either.
        for id in graph.parameters where graph[id].type.element.isFloatingPoint {
            // Kernel axes are no channels.
            for axis in graph[id].type.shape.indices.prefix(2) {
                let length = graph[id].type.shape[axis]
                let positions = seen["\(graph[id].name) \(axis)", default: []]
                // Axis 1 of a depthwise kernel, which narrow ResNeXts have, is of no channel.
                let isDepthwise = axis == 1 && length == 1 && positions.isEmpty
                #expect(isDepthwise || positions == Set(0..<length), "\(graph[id].name) axis \(axis)")
            }
        }
        #expect(coupling.groups.map(\.index) == Array(coupling.groups.indices))
        #expect(coupling.frozen.count == 2, "images and classes")
    }
}
