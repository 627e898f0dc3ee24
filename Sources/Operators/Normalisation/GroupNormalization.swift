internal import Graph
internal import Torch

/// Normalisation of each group of channels of [n, c, ...] by its mean and variance.
///
/// y = (x - mean) / sqrt(variance + epsilon) scale + shift with scale and shift per channel, per group before version 21.
/// Every group keeps the same of its channels; the statistics are then those of the remaining channels.
struct GroupNormalization: Operator {
    static let type = "GroupNormalization"

    private let groups: Int
    private let epsilon: Float
    private let stashType: Int
    private let scalesGroups: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        groups = try attributes.integer("num_groups", default: 0)
        epsilon = try attributes.float("epsilon", default: 1e-5)
        stashType = try attributes.integer("stash_type", default: 1)
        scalesGroups = signature.operatorSet < 21
        guard groups >= 1 else { throw GraphError("attribute num_groups must be at least 1, got \(groups)") }
        guard epsilon >= 0, epsilon.isFinite else {
            throw GraphError("attribute epsilon must not be negative, got \(epsilon)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = ["num_groups": .integer(groups)]
        if epsilon != 1e-5 { result["epsilon"] = .float(epsilon) }
        if stashType != 1 { result["stash_type"] = .integer(stashType) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(2...8, "the input of a group normalisation")
        guard input.shape[1] > 0, input.shape[1] % groups == 0, !input.shape[2...].contains(0) else {
            throw GraphError("shape \(input.shape) does not have \(groups) groups of channels")
        }
        for (index, name) in [(1, "the scale"), (2, "the shift")] {
            try inputs.type(index).requireElement(input.element, name)
            try inputs.type(index).requireShape([scalesGroups ? groups : input.shape[1]], name)
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        guard shape.count >= 2, shape[1] > 0, shape[1] % groups == 0 else {
            throw GraphError("shape \(shape) does not have \(groups) groups of channels")
        }
        let each = try Checked.product([shape[1] / groups] + shape[2...])
        let split = try input.reshaped([shape[0], groups, each])
            .layerNormalised(axisCount: 1, epsilon: Double(epsilon))
        let ones = shape.dropFirst(2).map { _ in 1 }
        let (scale, shift) = (try inputs.required(1), try inputs.required(2))
        if scalesGroups {
            return [
                try split.multiplied(by: scale.reshaped([groups, 1])).adding(shift.reshaped([groups, 1]))
                    .reshaped(shape)
            ]
        }
        return [
            try split.reshaped(shape).multiplied(by: scale.reshaped([shape[1]] + ones))
                .adding(shift.reshaped([shape[1]] + ones))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let channels = try inputs.type(0).shape[1]
        let grouping = GroupedChannels(groups: groups, inputs: channels, outputs: channels)
        guard channels <= AxisLink.maximumLanes else {
            return [.same(.input(0, 0), .output(0, 0))]
        }
        var links = AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
        // Groups of one channel each are removed whole, and their number is an attribute.
        if channels == groups {
            links += [(1, MemberRole.perChannel), (2, .bias)].map {
                AxisLink(.input($0.0, 0), .output(0, 1), role: $0.1)
            }
            return links
        }
        links += grouping.selfTied(.output(0, 1), count: channels)
        if !scalesGroups {
            links.append(AxisLink(.input(1, 0), .output(0, 1), role: .perChannel))
            links.append(AxisLink(.input(2, 0), .output(0, 1), role: .bias))
        }
        return links
    }

    func resized(_ change: AxisChange) throws -> GroupNormalization {
        guard try change.inputs.type(0).shape[1] == groups,
            let kept = change.keptLanes(.input(0, 1))
        else { return self }
        return GroupNormalization(self, groups: kept.count)
    }

    private init(_ other: GroupNormalization, groups: Int) {
        self.groups = groups
        epsilon = other.epsilon
        stashType = other.stashType
        scalesGroups = other.scalesGroups
    }
}
