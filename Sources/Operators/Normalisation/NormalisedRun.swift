internal import Graph
internal import Torch

/// The axes that a layer normalisation runs over, from one on to the last, and the number it adds to the
/// variance.
struct NormalisedRun: Sendable {
    /// The number added to the variance.
    let epsilon: Float
    private let axis: Int
    private let stashType: Int

    /// Parses and validates attributes.
    init(_ attributes: Attributes) throws(GraphError) {
        axis = try attributes.integer("axis", default: -1)
        epsilon = try attributes.float("epsilon", default: 1e-5)
        stashType = try attributes.integer("stash_type", default: 1)
        guard epsilon >= 0, epsilon.isFinite else {
            throw GraphError("attribute epsilon must not be negative, got \(epsilon)")
        }
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != -1 { result["axis"] = .integer(axis) }
        if epsilon != 1e-5 { result["epsilon"] = .float(epsilon) }
        if stashType != 1 { result["stash_type"] = .integer(stashType) }
        return result
    }

    /// Returns the axes of a shape that it runs over.
    func axes(rank: Int) throws(GraphError) -> Range<Int> {
        try Checked.axis(axis, rank: rank)..<rank
    }

    /// Returns the shape with one number per run.
    func statisticsShape(_ shape: [Int]) throws(GraphError) -> [Int] {
        let axes = try axes(rank: shape.count)
        return shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    }

    /// Checks the input and that parameters broadcast to it.
    func check(_ inputs: OperatorInputs, parameters: [Int]) throws(GraphError) {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        let axes = try axes(rank: input.rank)
        guard !input.shape[axes].contains(0) else {
            throw GraphError("nothing to normalise in shape \(input.shape)")
        }
        for index in parameters {
            guard let parameter = index == 1 ? try inputs.type(1) : inputs.optionalType(index) else {
                continue
            }
            try parameter.requireElement(input.element, "input \(index)")
            guard try Broadcasting.shape([parameter.shape, input.shape]) == input.shape else {
                throw GraphError("input \(index) of shape \(parameter.shape) does not fit \(input.shape)")
            }
        }
    }

    /// Returns 1 / sqrt(mean(x^2) + epsilon) of each run.
    func inverseDeviation(_ values: Tensor) throws -> Tensor {
        try values.multiplied(by: values)
            .reduced(.mean, axes: Array(axes(rank: values.rank)), keepingAxes: true)
            .applying(.adding(Double(epsilon))).applying(.power(-0.5))
    }

    /// Links all axes of the input and the parameters with the output's, and the remaining axes of the
    /// statistics.
    func links(
        _ inputs: OperatorInputs, _ outputs: [TensorType], roles: [MemberRole]
    ) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        var links = AxisLink.allSame(.input(0), .output(0), axes: output.indices)
        for (index, role) in roles.enumerated() {
            guard let parameter = inputs.optionalType(index + 1) else { continue }
            links += Broadcasting.links(input: index + 1, parameter.shape, output: output, role: role)
        }
        let leading = output.indices.prefix(try axes(rank: output.count).lowerBound)
        return links
            + outputs.indices.dropFirst().flatMap {
                AxisLink.allSame(.output($0), .output(0), axes: leading)
            }
    }
}
