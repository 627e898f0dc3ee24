internal import Analysis
internal import Coupling
internal import Graph

/// Each consumer is refitted to the moments of its activations: M = B or the selection, R by least squares.
///
/// The moments come from the network itself, so no data is needed: see `GroupMoments` and `MatchedConsumer`.
/// A group's candidate is chosen by the errors that the moments predict for its consumers' outputs, gain
/// included. Averages win unless selection loses a fifth less, because on real networks averages do better
/// than the moments predict. It is the other way round if the channels have one value per sample and the
/// moments come from synthetic inputs, where averages do worse. Selection wins wherever plain deletion is
/// predicted to lose less than the choice. Deletion itself is never chosen: without the gain, the selection's
/// least squares never lose more, and later layers need the gain, although the errors count against it. Where
/// the first block of a residual network keeps 1 of 8 channels, deletion is predicted to lose 131 % and
/// selection 157 %, and the accuracies are 27.8 and 96.0.
///
/// Moments measured on inputs describe the original channels, so averages are then no candidate. If they were
/// propagated from normalised inputs or measured on synthetic ones, the map of `norm_preserving` is a
/// candidate.
///
/// A consumer whose moments are unknown keeps the candidate's own map, that of `norm_preserving` or `delete`,
/// and its error does not count. If no consumer's moments are known, the choice is between `norm_preserving`
/// and deletion, by the moments that the weights would cause on independent inputs of variance one.
public struct MomentMatchedRule: MergeRule {
    public static let name = "moment_matched"
    public static let usesMoments = true
    public static let summary =
        "average or select channels, whichever is predicted to lose less, and refit each consumer to the known moments"

    /// How much less selected channels must lose than averages to win, or averages than selected channels.
    private static let advantage = 0.8

    public init() {}

    public func channelMap(_ context: MergeContext) throws -> ChannelMap { try decision(context).map }

    public func decision(_ context: MergeContext) throws -> MergeDecision {
        let deleted = try DeletionRule().channelMap(context)
        let averaged = try context.isMeasured ? nil : NormPreservingRule().channelMap(context)
        // The moments of averages hold those of all channels.
        if let averaged { _ = try context.groupMoments(of: averaged) }
        let sources = Set(try context.sources(of: deleted))
        guard averaged == nil || sources.contains(where: { $0 != nil }) else {
            return try byWeights(deleted, context)
        }
        let isMadeUp = sources.contains { $0?.isMadeUp ?? false }
        var forms: [Form] = [(.deleted, (deleted, false)), (.selected, (deleted, true))]
        if let averaged {
            forms.append((.averaged, (averaged, true)))
            if isMadeUp { forms.append((.normPreserving, (averaged, false))) }
        }
        var choice = isMadeUp ? forms.count - 2 : forms.count - 1
        let predictions = try context.predictions(of: forms.map(\.way))
        let errors = predictions.map(\.error)
        let share = isMadeUp && context.hasScalarChannels ? 1 / Self.advantage : Self.advantage
        if let averaged = errors[choice], let selected = errors[1], selected < share * averaged {
            choice = 1
        }
        if isMadeUp, let taken = errors[choice], let preserved = errors[forms.count - 1], preserved < taken {
            choice = forms.count - 1
        }
        if let taken = errors[choice], let lost = errors[0], lost < taken { choice = 1 }
        let map = forms[choice].way.map
        return Self.decision(
            forms, errors, choice, basis: .moments,
            map: forms[choice].way.isMatched
                ? try context.matchingMoments(of: map, predictions[choice].fits) : map)
    }

    private typealias Form = (form: MergeCandidate.Form, way: MergeContext.Way)

    /// Deletion or the norm-preserving map, if only the weights are known.
    private func byWeights(_ deleted: ChannelMap, _ context: MergeContext) throws -> MergeDecision {
        let forms: [Form] = [
            (.deleted, (deleted, false)),
            (.normPreserving, (try NormPreservingRule().channelMap(context), false)),
        ]
        let moments = try NetworkMoments(independentInputsOf: context.group, in: context.graph)
        let errors = try context.predictions(of: forms.map(\.way), by: moments).map(\.error)
        var choice = 1
        if let merged = errors[1], let lost = errors[0], lost < merged { choice = 0 }
        return Self.decision(forms, errors, choice, basis: .weights, map: forms[choice].way.map)
    }

    private static func decision(
        _ forms: [Form], _ errors: [Double?], _ choice: Int, basis: MergeCandidate.Basis, map: ChannelMap
    ) -> MergeDecision {
        MergeDecision(
            map: map,
            candidates: forms.indices.map {
                MergeCandidate(
                    form: forms[$0].form, error: errors[$0], basis: errors[$0] == nil ? nil : basis,
                    isChosen: $0 == choice)
            })
    }
}

extension MergeContext {
    /// Whether the layers that make the channels give one value per channel and sample.
    fileprivate var hasScalarChannels: Bool {
        group.members(.producer).allSatisfy { member in
            (network.readers[member.parameter] ?? []).allSatisfy { node in
                graph[node].outputs.allSatisfy { graph[$0].type.shape.count == 2 }
            }
        }
    }
}
