import Analysis
import AnalysisSupport
import Coupling
import Datasets
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// A tiny network with everything that a measurement may meet, and images of noise.
///
/// A residual stream (a and c) whose channels a grouped convolution (b) ties in pairs, a convolution (d) with a batch-norm
/// behind it, and a linear layer that reads d's map flattened, 16 positions a channel.
struct MeasuredNetwork {
    let graph: Graph
    let images: ScoringImages

    /// The images, in batches.
    static let batches = 2
    static let batchSize = 3

    init(seed: UInt64 = 5) throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        func rectified(_ name: String, _ value: ValueID) throws -> ValueID {
            try sketch.node("Relu", "relu_\(name)", [value])
        }
        let stem = try rectified("a", sketch.convolution("a", sketch.input, outputs: 4))
        let grouped = try rectified("b", sketch.convolution("b", stem, outputs: 6, groups: 2))
        let branch = try sketch.convolution("c", grouped, outputs: 4)
        let sum = try rectified("sum", sketch.node("Add", "add", [stem, branch]))
        let last = try sketch.convolution("d", sum, outputs: 5, kernel: 1)
        let features = try rectified("d", sketch.normalisation("norm", last))
        let flat = try sketch.node("Flatten", "flatten", [features])
        try sketch.finish([sketch.linear("linear", flat, outputs: 3)])
        // Loud enough to be differentiated, too quiet to saturate the softmax.
        let linear = try #require(sketch.graph.value(named: "linear.weight"))
        try self.init(
            sketch.graph.replacing(parameters: [
                linear: sketch.graph.parameter("linear.weight").applying(.multiplied(0.02))
            ]), seed: seed)
    }

    init(_ graph: Graph, seed: UInt64 = 5) throws {
        self.graph = graph
        let input = graph[graph.inputs[0]].type.shape
        let classes = graph[graph.outputs[0]].type.shape[1]
        images = try Self.noise(
            ImageSize(channels: input[1], height: input[2], width: input[3]), classes: classes, seed: seed)
    }

    /// Labelled noise, one image more than the batches hold.
    static func noise(_ size: ImageSize, classes: Int, seed: UInt64 = 5) throws -> ScoringImages {
        var generator = SplitMixGenerator(seed: seed)
        let count = batches * batchSize + 1
        let dataset = try ImageDataset(
            name: "noise", split: .train, classNames: (0..<classes).map { "\($0)" }, imageSize: size,
            normalisation: Normalisation(
                mean: [Float](repeating: 0.5, count: size.channels),
                deviation: [Float](repeating: 0.25, count: size.channels)),
            labels: (0..<count).map { ($0 * 7 + 1) % classes },
            pixels: (0..<count * size.count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        return try ScoringImages(dataset, batches: batches, batchSize: batchSize)
    }

    /// All images at once.
    func input() throws -> Tensor {
        try images.images.batch(0..<images.count).images
    }

    /// Values of the network for all images at once, as nested loops want them: elements and shape.
    func values(_ name: String) throws -> (elements: [Double], shape: [Int]) {
        let id = try #require(graph.value(named: name))
        let result = try Executor(graph).compute([id], from: [graph.inputs[0]: input()])
        let tensor = try #require(result[id])
        return (try tensor.doubles(), tensor.shape)
    }

    /// The group that a weight produces.
    func group(producedBy name: String) throws -> CoupledGroup {
        try #require(
            Coupling(graph).groups.first { group in group.members(.producer).contains { $0.name == name } })
    }

    func context(_ group: CoupledGroup, original: Graph? = nil) throws -> ImportanceContext {
        try ImportanceContext(
            group: group, graph: graph, features: ChannelFeatures(group, in: graph),
            statistics: NetworkStatistics(
                images: images, network: original.map { try AnalysedNetwork($0, folding: .exact) }))
    }

    func memberScores(_ name: String, _ group: CoupledGroup) throws -> [[Double]] {
        try ImportanceRegistry.criterion(named: name).memberScores(context(group))
    }
}

/// Returns the elements of each channel's slice by a loop over all elements.
func naiveSlices(_ elements: [Double], shape: [Int], _ member: GroupMember) -> [[Double]] {
    var slices = member.positions.map { _ in [Double]() }
    let inner = shape[(member.axis + 1)...].reduce(1, *)
    for (index, element) in elements.enumerated() {
        let position = index / inner % shape[member.axis]
        for (channel, positions) in member.positions.enumerated() where positions.contains(position) {
            slices[channel].append(element)
        }
    }
    return slices
}

extension CoupledGroup {
    /// The producers and consumers in order.
    var scored: [GroupMember] { members.filter { $0.role == .producer || $0.role == .consumer } }
}
