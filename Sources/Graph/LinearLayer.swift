public import Torch

/// A layer that multiplies rows of its input by a stored weight: `y = rows(x) W^T + b`.
///
/// Each row holds what one output position reads, in the order of the weight's axes other than
/// `weightOutputAxis`.
public struct LinearLayer: Sendable {
    /// The index of the input that is read.
    public let dataInput: Int
    /// The index of the weight among the inputs.
    public let weightInput: Int
    /// The index of the bias input, if the operator can have one.
    public let biasInput: Int?
    /// The weight's axis with one slice per output.
    public let weightOutputAxis: Int
    /// The axis of the node's output that holds these outputs.
    public let outputAxis: Int
    /// Returns the number of positions read from an input: the product of the output's other axes.
    public let positionCount: @Sendable (Tensor) throws -> Int
    /// Returns the rows `[positions, fan-in]` of an input; positions run over the output's other axes in their order.
    ///
    /// If positions are given, computes only those.
    public let rows: @Sendable (Tensor, [Int]?) throws -> Tensor
    /// The operator of a layer that reads this one's outputs position by position; nil if there is none. Its weight has the
    /// outputs on the same axis, the inputs on the other one of the first two, and the length 1 on all others.
    public let pointwise: (any Operator)?

    /// Describes a layer whose input has its rows on the last axis.
    public init(biasInput: Int?, weightOutputAxis: Int, outputAxis: Int, pointwise: (any Operator)? = nil) {
        self.init(
            biasInput: biasInput, weightOutputAxis: weightOutputAxis, outputAxis: outputAxis,
            pointwise: pointwise,
            positionCount: { $0.count / max($0.shape.last ?? 1, 1) },
            rows: { input, positions in
                let rows = try input.reshaped([-1, input.shape[input.rank - 1]])
                return try positions.map { try rows.selecting(axis: 0, $0) } ?? rows
            })
    }

    /// Describes a layer.
    public init(
        dataInput: Int = 0, weightInput: Int = 1, biasInput: Int?, weightOutputAxis: Int, outputAxis: Int,
        pointwise: (any Operator)? = nil,
        positionCount: @escaping @Sendable (Tensor) throws -> Int,
        rows: @escaping @Sendable (Tensor, [Int]?) throws -> Tensor
    ) {
        self.dataInput = dataInput
        self.weightInput = weightInput
        self.biasInput = biasInput
        self.weightOutputAxis = weightOutputAxis
        self.outputAxis = outputAxis
        self.pointwise = pointwise
        self.positionCount = positionCount
        self.rows = rows
    }

    /// Returns a weight as the matrix that rows are multiplied by. `[out, fan-in]`
    public func matrix(of weight: Tensor) throws -> Tensor {
        let order = [weightOutputAxis] + (0..<weight.rank).filter { $0 != weightOutputAxis }
        let outputs = weight.shape[weightOutputAxis]
        return try weight.permuted(order).reshaped([outputs, weight.count / max(outputs, 1)])
    }

    /// Returns the weight of a given shape from its matrix.
    public func weight(from matrix: Tensor, shape: [Int]) throws -> Tensor {
        let order = [weightOutputAxis] + (0..<shape.count).filter { $0 != weightOutputAxis }
        var inverse = [Int](repeating: 0, count: shape.count)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return try matrix.reshaped(order.map { shape[$0] }).permuted(inverse)
    }

    /// Returns an output of the node as rows. `[positions, out]`
    public func outputRows(_ output: Tensor) throws -> Tensor {
        let order = (0..<output.rank).filter { $0 != outputAxis } + [outputAxis]
        let outputs = output.shape[outputAxis]
        return try output.permuted(order).reshaped([output.count / max(outputs, 1), outputs])
    }
}
