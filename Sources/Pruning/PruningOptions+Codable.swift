internal import Calibration
internal import Compression

extension PruningOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case effort, groups, ignored, sparsities, sparsity, budgets, rule, allocation, limits, steps,
            schedule, order,
            latencyBatchSize, allowsNothing, calibration, missingMoments, basis, layers
    }

    /// Reads options; those of the scoring are stored beside the others.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Plans older than efforts state everything else.
        effort = try container.decodeIfPresent(Effort.self, forKey: .effort) ?? .minimal
        groups = try container.decodeIfPresent([Int].self, forKey: .groups)
        ignored = try container.decode([String].self, forKey: .ignored)
        sparsities = try container.decode([Int: Sparsity].self, forKey: .sparsities)
        sparsity = try container.decodeIfPresent(Sparsity.self, forKey: .sparsity)
        budgets = try container.decode([Budget].self, forKey: .budgets)
        rule = try container.decodeIfPresent(String.self, forKey: .rule)
        allocation = try container.decodeIfPresent(String.self, forKey: .allocation)
        limits = try container.decodeIfPresent(WidthLimits.self, forKey: .limits)
        steps = try container.decode(Int.self, forKey: .steps)
        schedule = try container.decode(PruningSchedule.self, forKey: .schedule)
        order = try container.decode(CompressionOrder.self, forKey: .order)
        latencyBatchSize = try container.decode(Int.self, forKey: .latencyBatchSize)
        allowsNothing = try container.decode(Bool.self, forKey: .allowsNothing)
        calibration = try container.decodeIfPresent(CalibrationRequest.self, forKey: .calibration)
        missingMoments =
            try container.decodeIfPresent(MissingMoments.self, forKey: .missingMoments) ?? .weights
        basis = try container.decodeIfPresent(ChannelBasis.self, forKey: .basis)
        layers = try container.decodeIfPresent(LayerForm.self, forKey: .layers)
        scoring = try ScoringOptions(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(effort, forKey: .effort)
        try container.encodeIfPresent(groups, forKey: .groups)
        try container.encode(ignored, forKey: .ignored)
        try container.encode(sparsities, forKey: .sparsities)
        try container.encodeIfPresent(sparsity, forKey: .sparsity)
        try container.encode(budgets, forKey: .budgets)
        try container.encodeIfPresent(rule, forKey: .rule)
        try container.encodeIfPresent(allocation, forKey: .allocation)
        try container.encodeIfPresent(limits, forKey: .limits)
        try container.encode(steps, forKey: .steps)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(order, forKey: .order)
        try container.encode(latencyBatchSize, forKey: .latencyBatchSize)
        try container.encode(allowsNothing, forKey: .allowsNothing)
        try container.encodeIfPresent(calibration, forKey: .calibration)
        try container.encode(missingMoments, forKey: .missingMoments)
        try container.encodeIfPresent(basis, forKey: .basis)
        try container.encodeIfPresent(layers, forKey: .layers)
        try scoring.encode(to: encoder)
    }
}
