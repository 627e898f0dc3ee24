package import Graph
package import Torch

/// Coordinates of a layer's weight in which a step of equal length changes the layer's outputs equally, whatever its
/// direction.
///
/// With C the second moments of the layer's input channels, averaged over the places of a kernel, the weight is
///
///     W = W0 + s / sqrt(fan-in) V (C + r tr(C) / n I)^(-1/2),
///
/// s being the root mean square of the outputs, and V is what changes. Channels have similar means, so without this
/// nearly all of a step's effect is along their sum, and only minute steps of every weight do no harm.
///
/// Source: the input half of Martens and Grosse, "Optimizing neural networks with Kronecker-factored approximate
/// curvature", ICML 2015.
package struct LayerWhitening {
    /// The ridge, as a share of the mean eigenvalue.
    private static let ridge = 0.01
    /// More channels are not whitened: the eigenvalues take too long.
    private static let mostChannels = 2048
    /// The most positions of a batch that are looked at.
    private static let mostPositions = 4096
    /// Smaller outputs count as this.
    private static let leastScale = 1e-6

    /// The root mean square of the outputs.
    package let scale: Double
    private let linear: LinearLayer
    private let shape: [Int]
    /// The number of channels, and of weights that read each.
    private let channels: Int
    private let places: Int
    /// `s / sqrt(fan-in) (C + ...)^(-1/2)` `[channels, channels]`
    private let transform: Tensor

    /// Measures a layer's inputs.
    ///
    /// - Parameters:
    ///   - weight: The layer's weight.
    ///   - inputs: What the layer reads, for some batches.
    /// - Returns: nil if the layer has too many channels or reads nothing.
    package init?(_ linear: LinearLayer, weight: Tensor, inputs: [Tensor]) throws {
        let outputs = weight.shape[linear.weightOutputAxis]
        guard let inner = weight.shape.indices.first(where: { $0 != linear.weightOutputAxis }),
            outputs > 0, weight.count > 0
        else { return nil }
        channels = weight.shape[inner]
        places = weight.count / outputs / channels
        guard channels <= Self.mostChannels else { return nil }
        let matrix = try linear.matrix(of: weight)
        var moments: Tensor?
        var (squares, count) = (0.0, 0.0)
        for input in inputs {
            let positions = try linear.positionCount(input)
            guard positions > 0 else { continue }
            let step = (positions + Self.mostPositions - 1) / Self.mostPositions
            let rows = try linear.rows(
                input, step > 1 ? Array(stride(from: 0, to: positions, by: step)) : nil)
            guard rows.count > 0 else { continue }
            let found = try rows.linear(weight: matrix, bias: nil)
            squares +=
                try found.multiplied(by: found).reduced(.mean, axes: []).scalar() * Double(rows.shape[0])
            count += Double(rows.shape[0])
            // `[positions places, channels]`
            let byChannel = try rows.reshaped([rows.shape[0], channels, places]).permuted([0, 2, 1])
                .reshaped([rows.shape[0] * places, channels])
            let product = try byChannel.permuted([1, 0]).matrixMultiplied(by: byChannel)
                .converted(to: .float64)
            moments = try moments?.adding(product) ?? product
        }
        guard let moments, count > 0, try moments.isFinite() else { return nil }
        let mean = try moments.applying(.multiplied(1 / (count * Double(places))))
        let (values, vectors) = try mean.symmetricEigen()
        let spectrum = try values.doubles().map { max($0, 0) }
        let floor = Self.ridge * spectrum.reduce(0, +) / Double(channels)
        guard floor > 0 else { return nil }
        scale = max((squares / count).squareRoot(), Self.leastScale)
        let factor = scale / Double(channels * places).squareRoot()
        let roots = spectrum.map { factor / ($0 + floor).squareRoot() }
        transform = try vectors.multiplied(by: Tensor(roots, shape: [1, channels]))
            .matrixMultiplied(by: vectors.permuted([1, 0])).converted(to: weight.type)
        self.linear = linear
        shape = weight.shape
    }

    /// The shape of V.
    package var coordinates: [Int] { [shape[linear.weightOutputAxis] * places, channels] }

    /// Returns the gradient by V.
    package func gradient(_ gradient: Tensor) throws -> Tensor {
        try byChannel(linear.matrix(of: gradient)).matrixMultiplied(by: transform)
    }

    /// Returns the weight with given V.
    package func weight(_ change: Tensor, from first: Tensor) throws -> Tensor {
        let outputs = shape[linear.weightOutputAxis]
        let matrix = try change.matrixMultiplied(by: transform).reshaped([outputs, places, channels])
            .permuted([0, 2, 1]).reshaped([outputs, channels * places])
        return try first.adding(linear.weight(from: matrix, shape: shape))
    }

    private func byChannel(_ matrix: Tensor) throws -> Tensor {
        try matrix.reshaped([matrix.shape[0], channels, places]).permuted([0, 2, 1]).reshaped(coordinates)
    }
}
