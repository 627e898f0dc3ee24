internal import Datasets
internal import Graph
internal import Torch

/// Whether mirror images of a network's inputs are inputs of the same kind: the network itself says so if it gives them the
/// same classes.
///
/// Letters and digits are not, and where outputs lie in places, mirrored ones would have to be mirrored back; such networks
/// get no mirror images.
enum MirrorCheck {
    /// The most pictures that are looked at.
    private static let samples = 64
    /// The smallest side of a picture.
    private static let leastSide = 16
    /// With fewer classes, answers are the same too often.
    private static let leastClasses = 3
    /// The share of the pictures that must get the same class.
    private static let agreement = 0.75

    /// Whether a network classifies pictures and their mirror images alike.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - inputs: Its inputs.
    ///   - batches: The positions of inputs that it takes at a time.
    static func passes(
        _ graph: Graph, _ inputs: any CalibrationInputs, batches: some Sequence<[Int]>
    ) throws -> Bool {
        guard graph.inputs.count == 1, graph.outputs.count == 1, !inputs.hasVariants else { return false }
        let (input, output) = (graph[graph.inputs[0]].type, graph[graph.outputs[0]].type)
        guard input.shape.count == 4, [1, 3].contains(input.shape[1]), input.element.isFloatingPoint,
            input.shape[2...].allSatisfy({ $0 >= leastSide }), output.shape.count == 2,
            output.shape[1] >= leastClasses, output.element.isFloatingPoint
        else { return false }
        let executor = try Executor(graph)
        var (same, count) = (0, 0)
        for positions in batches {
            guard count < samples, let batch = try inputs.samples(positions).first else { break }
            let answers = try [batch, batch.flipped(axes: [3])].map {
                try executor.run([$0])[0].argMax(axis: 1).integers()
            }
            same += zip(answers[0], answers[1]).count { $0 == $1 }
            count += answers[0].count
        }
        return count > 0 && Double(same) >= agreement * Double(count)
    }
}
