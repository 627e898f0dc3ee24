public import Analysis
public import Graph
public import Torch

/// The diagonal of the empirical Fisher information, times the squared weights: sum over images of (w dL_n/dw)^2.
///
/// L_n is the cross-entropy of image n alone, so every image needs its own gradient. Convolution gradients
/// have to be computed per image before they are squared, which costs as much as running the images one at a
/// time. So there is one backward pass per image, and the number of images is the only knob.
public struct FisherInformation: NetworkMeasurement {
    /// The sums by parameter, of the parameter's shape, on the CPU.
    public let products: [ValueID: Tensor]

    public init(_ network: AnalysedNetwork, on images: ScoringImages) throws {
        let gradient = try LossGradient(network, device: images.device)
        var sums: [ValueID: Tensor] = [:]
        try images.forEachBatch(for: network.graph, size: 1) { image, label in
            for (id, value) in try gradient.gradients(image, label) {
                let square = try value.multiplied(by: value)
                sums[id] = try sums[id].map { try $0.adding(square) } ?? square
            }
        }
        products = try gradient.weighting(sums) { weight, sum in
            try weight.multiplied(by: weight).multiplied(by: sum)
        }
    }
}
