import Checkpoints
import Foundation
import Graph
import Models
import TestSupport
import Testing
import Torch

@Suite("Stored networks")
struct LoadingTests {
    static let networks = ["vgg11_bn", "resnet18", "resnet50", "mlp_bn", "torchvision_resnet18"]

    private func load(_ name: String, _ state: StateDictionary) throws -> Graph {
        let size = SpatialSize(height: 64, width: 64)
        return try Fixtures.architecture(name).load(
            state, imageSize: name.hasPrefix("torchvision") ? size : nil)
    }

    private func issues(_ name: String, _ state: StateDictionary) throws -> [StateIssue] {
        let error = #expect(throws: ModelError.self) { try load(name, state) }
        guard case .stateDictionary(name, let issues) = error else {
            Issue.record("\(String(describing: error))")
            return []
        }
        for issue in issues { #expect(error?.description.contains(issue.key) == true) }
        return issues
    }

    @Test("what is written back is what was read, without the counters", arguments: networks)
    func roundTrip(name: String) throws {
        let state = try Fixtures.network(name).state
        let written = try load(name, state).stateDictionary
        #expect(written.names == state.names.filter { !$0.hasSuffix("num_batches_tracked") })
        for (key, tensor) in written {
            #expect(try tensor.bytes() == state.tensor(named: key).bytes(), "\(key)")
        }
        let again = try load(name, written)
        #expect(again.stateDictionary.names == written.names)
    }

    @Test("classes, input channels and widths are read")
    func widths() throws {
        let made = try Fixtures.architecture("vgg16_nobias").initialised(
            classes: 3, inputChannels: 1, widthMultiplier: 0.07, seed: 1)
        let graph = try Fixtures.architecture("vgg16_nobias").load(made.stateDictionary)
        #expect(graph.inputs.map { graph[$0].type.shape } == [[1, 1, 32, 32]])
        #expect(graph.outputs.map { graph[$0].type.shape } == [[1, 3]])
        let image = try Tensor(random: .normal, shape: [2, 1, 32, 32], seed: 1)
        #expect(try graph.logits(image).floats() == made.logits(image).floats())
    }

    @Test("a perceptron's input channels are read off the pixels of its first layer")
    func pixels() throws {
        let made = try Fixtures.architecture("mlp").initialised(
            inputChannels: 2, widthMultiplier: 0.02, imageSize: SpatialSize(height: 4, width: 6), seed: 1)
        let size = SpatialSize(height: 4, width: 6)
        let graph = try Fixtures.architecture("mlp").load(made.stateDictionary, imageSize: size)
        #expect(graph.inputs.map { graph[$0].type.shape } == [[1, 2, 4, 6]])
        #expect(throws: ModelError.self) {
            try Fixtures.architecture("mlp").load(
                made.stateDictionary, imageSize: SpatialSize(height: 5, width: 6))
        }
    }

    @Test("a prefix of parallel training and other float types are taken off")
    func prefixAndTypes() throws {
        let network = try Fixtures.network("vgg11_bn")
        let renamed = StateDictionary(network.state.map { (name: "module." + $0.name, tensor: $0.tensor) })
        let graph = try load("vgg11_bn", renamed)
        #expect(
            try graph.logits(network.images).floats()
                == load("vgg11_bn", network.state).logits(network.images).floats())
        let half = try StateDictionary(
            network.state.map { (name: $0.name, tensor: try $0.tensor.converted(to: .float16)) })
        let fromHalf = try load("vgg11_bn", half)
        #expect(fromHalf.parameters.allSatisfy { fromHalf[$0].type.element == .float32 })
        // Half precision keeps eleven bits.
        let tolerance = 2e-2
        #expect(try relativeDifference(fromHalf.logits(network.images), network.expected) < tolerance)
    }

    @Test(
        "convolutions without biases are accepted if none has one",
        arguments: ["vgg11_bn", "resnet18", "resnet50"])
    func withoutBiases(name: String) throws {
        let network = try Fixtures.network(name)
        let isBias = { (key: String) in
            key.hasSuffix(".bias") && network.state[key.dropLast(4) + "weight"]?.rank == 4
        }
        let state = StateDictionary(network.state.filter { !isBias($0.name) })
        let zeroed = try StateDictionary(
            network.state.map {
                (name: $0.name, tensor: isBias($0.name) ? try $0.tensor.applying(.multiplied(0)) : $0.tensor)
            })
        let graph = try load(name, state)
        #expect(!graph.stateDictionary.names.contains(where: isBias))
        let tolerance = 1e-5
        #expect(
            try relativeDifference(graph.logits(network.images), load(name, zeroed).logits(network.images))
                < tolerance)
        var partial = state
        let first = try #require(network.state.names.first(where: isBias))
        partial[first] = network.state[first]
        let missing = try issues(name, partial)
        #expect(missing.map(\.key) == network.state.names.filter { isBias($0) && $0 != first })
        #expect(missing.allSatisfy { $0.kind == .missing })
    }

    @Test("networks with folded batch-norms load", arguments: networks)
    func folded(name: String) throws {
        var network = try Fixtures.network(name)
        let norms = network.state.names.filter { $0.hasSuffix(".running_mean") }.map {
            String($0.dropLast(13))
        }
        // As exact identities, so that leaving them out changes nothing.
        for norm in norms {
            let zeros = try #require(network.state[norm + ".bias"]).applying(.multiplied(0))
            network.state[norm + ".weight"] = try zeros.applying(.adding((1 + 1e-5).squareRoot()))
            network.state[norm + ".bias"] = zeros
            network.state[norm + ".running_mean"] = zeros
            network.state[norm + ".running_var"] = try zeros.applying(.adding(1))
        }
        let state = StateDictionary(
            network.state.filter { entry in !norms.contains { entry.name.hasPrefix($0 + ".") } })
        let graph = try load(name, state)
        #expect(!graph.nodes.contains { $0.type == "BatchNormalization" })
        let tolerance = 2e-5
        #expect(
            try relativeDifference(
                graph.logits(network.images), load(name, network.state).logits(network.images))
                < tolerance)
        // One batch-norm left means that all are wanted.
        let half = StateDictionary(
            network.state.filter { entry in !norms.dropFirst().contains { entry.name.hasPrefix($0 + ".") } })
        #expect(try issues(name, half).count == 4 * (norms.count - 1))
    }

    @Test("everything that is wrong is listed at once")
    func allIssues() throws {
        var state = try Fixtures.network("resnet18").state
        state["conv1.bias"] = nil
        state["layer1.0.bn1.running_var"] = nil
        state["layer2.0.bn1.weight"] = try Tensor(repeating: 1, shape: [99])
        state["layer3.0.conv1.weight"] = try Tensor(repeating: 1, shape: [4, 77, 3, 3])
        state["layer3.1.conv1.weight"] = try Tensor(repeating: 1, shape: [6, 8, 5, 5])
        state["layer4.0.conv1.bias"] = try state.tensor(named: "layer4.0.conv1.bias").converted(to: .int32)
        state["linear.weight"] = try Tensor(repeating: 1, shape: [10])
        state["surplus.weight"] = try Tensor(repeating: 1, shape: [2, 3])
        state["num_batches_tracked"] = try Tensor([1])
        let issues = try issues("resnet18", state)
        func keys(_ kind: StateIssue.Kind) -> [String] { issues.filter { $0.kind == kind }.map(\.key) }
        #expect(keys(.missing) == ["conv1.bias", "layer1.0.bn1.running_var"])
        #expect(keys(.unexpected) == ["surplus.weight", "num_batches_tracked"])
        #expect(
            keys(.misshapen) == [
                "layer2.0.bn1.weight", "layer3.0.conv1.weight", "layer3.1.conv1.weight", "linear.weight",
            ])
        #expect(keys(.mistyped) == ["layer4.0.conv1.bias"])
        let detail = try #require(issues.first { $0.key == "layer3.0.conv1.weight" }).detail
        #expect(detail.contains("from layer2"))
        #expect(detail.contains("got [4, 77, 3, 3]"))
        let text = ModelError.stateDictionary(architecture: "resnet18", issues: issues).description
        #expect(text.contains("2 missing: conv1.bias, layer1.0.bn1.running_var"))
        #expect(text.contains("surplus.weight ([2, 3])"))
    }

    @Test("inconsistent widths name the key and the layer that feeds it")
    func consistency() throws {
        let network = try Fixtures.network("vgg11_bn")
        var state = network.state
        // Seven channels become six, everything about them but the next convolution's inputs.
        state["features.4.weight"] = try state.tensor(named: "features.4.weight").sliced(axis: 0, 0..<6)
        for key in ["4.bias", "5.weight", "5.bias", "5.running_mean", "5.running_var"] {
            state["features." + key] = try state.tensor(named: "features." + key).sliced(axis: 0, 0..<6)
        }
        let issues = try issues("vgg11_bn", state)
        #expect(issues.map(\.key) == ["features.8.weight"])
        #expect(issues.first?.detail == "expected [*, 6, 3, 3]: 6 from features.4, got [9, 7, 3, 3]")
    }

    @Test("residual streams of different widths name both layers")
    func streams() throws {
        var state = try Fixtures.network("resnet18").state
        let key = "layer2.0.shortcut.0"
        let width = try state.tensor(named: key + ".weight").shape[0]
        for name in [key + ".weight", key + ".bias"]
            + ["weight", "bias", "running_mean", "running_var"].map({ "layer2.0.shortcut.1." + $0 })
        {
            state[name] = try state.tensor(named: name).sliced(axis: 0, 0..<width - 1)
        }
        let issues = try issues("resnet18", state)
        #expect(issues.map(\.key) == ["layer2.0.conv2.weight"])
        #expect(issues.first?.detail == "its \(width) channels are added to the \(width - 1) of \(key)")
    }

    @Test("an empty state dictionary lists all keys, a foreign one both sides")
    func foreign() throws {
        let empty = try issues("vgg11", StateDictionary())
        let complete = try Fixtures.architecture("vgg11").outline().stateDictionary
        #expect(
            empty.map(\.key) == complete.names.filter { !$0.hasSuffix("bias") || $0 == "classifier.bias" })
        let foreign = try issues("vgg11", Fixtures.network("resnet18").state)
        #expect(foreign.contains { $0.kind == .missing && $0.key == "features.0.weight" })
        #expect(foreign.contains { $0.kind == .unexpected && $0.key == "linear.weight" })
    }

    @Test("hostile shapes are listed, never trapped on")
    func hostile() throws {
        for shape in [[], [0, 3, 3, 3], [4, 0, 3, 3], [4, 3], [1 << 20, 3, 3, 3], [4, 3, 3, 0]] {
            var state = try Fixtures.network("vgg11_bn").state
            state["features.0.weight"] = try Tensor(repeating: 0, shape: []).expanded(to: shape)
            #expect(try issues("vgg11_bn", state).contains { $0.key.hasPrefix("features.") }, "\(shape)")
        }
        var state = StateDictionary()
        state["conv1.weight"] = try Tensor(repeating: 0, shape: [2, 1 << 40, 0])
        #expect(throws: ModelError.self) { try load("resnet18", state) }
        state["conv1.weight"] = try Tensor(repeating: 0, shape: []).expanded(to: [2, 1 << 40, 3, 3])
        #expect(throws: (any Error).self) { try load("resnet18", state) }
    }

    @Test("pruned grouped convolutions keep the channels per group")
    func groups() throws {
        let name = "torchvision_resnext50_32x4d"
        var state = try Fixtures.architecture(name).initialised(widthMultiplier: 0.25, seed: 1)
            .stateDictionary
        // 32 groups of one channel become 20.
        for key in ["conv1.weight", "conv2.weight"]
            + ["bn1.", "bn2."].flatMap({ norm in
                ["weight", "bias", "running_mean", "running_var"].map { norm + $0 }
            })
        {
            state["layer1.0." + key] = try state.tensor(named: "layer1.0." + key).sliced(axis: 0, 0..<20)
        }
        state["layer1.0.conv3.weight"] = try state.tensor(named: "layer1.0.conv3.weight").sliced(
            axis: 1, 0..<20)
        let graph = try load(name, state)
        #expect(try graph.logits(Fixtures.images(64)).shape == [2, 1000])
        state["layer1.0.conv2.weight"] = try Tensor(repeating: 1, shape: [20, 3, 3, 3])
        #expect(try issues(name, state).map(\.key) == ["layer1.0.conv2.weight"])
    }

    @Test("the fitting architectures are found")
    func fitting() throws {
        for name in Self.networks.dropLast() {
            let state = try Fixtures.network(name).state
            #expect(ModelRegistry.architectures(fitting: state).first?.name == name)
        }
        #expect(ModelRegistry.architectures(fitting: StateDictionary()).isEmpty)
    }

    @Test(
        "the reference checkpoint loads",
        .enabled(if: SharedFiles.has("models/vgg11_bn.checkpoint"), Comment(rawValue: SharedFiles.missing)))
    func reference() throws {
        let checkpoint = try CheckpointFile.load(SharedFiles.file("models/vgg11_bn.checkpoint"))
        let graph = try Fixtures.architecture("vgg11_bn").load(checkpoint.state)
        #expect(graph.parameterCount == 9_231_114 + 5504)
        #expect(try graph.logits(Fixtures.images(32)).shape == [2, 10])
        #expect(ModelRegistry.architectures(fitting: checkpoint.state).first?.name == "vgg11_bn")
    }
}
