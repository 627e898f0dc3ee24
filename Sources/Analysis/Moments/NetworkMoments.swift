package import Coupling
internal import Graph
internal import Torch

/// The known moments of each channel of a network's values.
///
/// They come from batch-norms (`BatchNormMoments`), are propagated from normalised inputs
/// (`PropagatedMoments`), or were measured. Values are identified by name, so moments survive changes of the
/// graph.
public struct NetworkMoments: Sendable {
    /// The moments of one value's channels.
    public struct Channels: Sendable, Equatable {
        /// One mean per channel.
        public let mean: [Double]
        /// One deviation per channel, not negative.
        public let deviation: [Double]
        /// Their source.
        public let source: MomentSource

        /// Wraps given moments.
        package init(mean: [Double], deviation: [Double], source: MomentSource = .batchNorm) {
            self.mean = mean
            self.deviation = deviation
            self.source = source
        }
    }

    /// The moments by the name of the value.
    public private(set) var channels: [String: Channels] = [:]
    /// The measurements of groups' channels where layers read them.
    private var measured: [MeasuredPlace: (moments: JointMoments, rows: Int)] = [:]
    private var shares: [MeasuredPlace: [Double]] = [:]

    /// Makes empty moments.
    package init() {}

    /// Whether anything was measured.
    public var isMeasured: Bool { !measured.isEmpty }

    /// Whether a group's moments come from anything other than synthetic or propagated inputs.
    package func isTold(of group: CoupledGroup, in network: AnalysedNetwork) -> Bool {
        guard !isMeasured else { return true }
        let graph = network.graph
        return group.members.contains { member in
            guard member.role != .consumer else { return false }
            return (network.readers[member.parameter] ?? []).flatMap { graph[$0].outputs }.contains {
                channels[graph[$0].name].map { !$0.source.isMadeUp } ?? false
            }
        }
    }

    /// Returns the moments with measurements of a group's channels added, where a layer reads them.
    ///
    /// - Parameter rows: The number of different observations that they are from.
    package func adding(
        _ moments: JointMoments, of group: CoupledGroup, readBy member: GroupMember, rows: Int
    ) -> NetworkMoments {
        var copy = self
        copy.measured[MeasuredPlace(group, member)] = (moments, rows)
        return copy
    }

    /// The observations for each channel that tell dependent channels from such as were seen too rarely.
    private static let rowsPerChannel = 4

    /// Whether a group's channels were measured wherever a layer reads them, on enough observations to tell which depend on
    /// others.
    package func areWellMeasured(of group: CoupledGroup) -> Bool {
        group.members(.consumer).allSatisfy { member in
            measured[MeasuredPlace(group, member)].map { $0.rows / Self.rowsPerChannel >= group.width }
                ?? false
        }
    }

    /// Returns the measurements of a group's channels where a layer reads them; nil if none fit.
    package func measured(_ group: CoupledGroup, readBy member: GroupMember) -> JointMoments? {
        guard let moments = measured[MeasuredPlace(group, member)]?.moments,
            moments.mean.count == group.width
        else {
            return nil
        }
        return moments
    }

    /// Returns the moments without those of some values, by their names.
    func forgetting(_ names: [String]) -> NetworkMoments {
        var copy = self
        for name in names { copy.channels[name] = nil }
        return copy
    }

    /// Returns the moments with the shares of what readers see that each channel of a group brings.
    package func adding(shares: [Double], of group: CoupledGroup) -> NetworkMoments {
        var copy = self
        copy.shares[MeasuredPlace(group)] = shares
        return copy
    }

    /// Returns the shares of what readers see that each channel of a group brings, if they are uncorrelated; nil if that
    /// is not known.
    package func shares(of group: CoupledGroup) -> [Double]? { shares[MeasuredPlace(group)] }

    /// Returns the moments with those of some values replaced, by their names.
    package func replacing(_ changed: [String: Channels]) -> NetworkMoments {
        var copy = self
        copy.channels.merge(changed) { $1 }
        return copy
    }
}

/// A group at one of its consumers, by names, which survive changes of the graph.
private struct MeasuredPlace: Hashable, Sendable {
    let producer: String?
    let consumer: String
    let axis: Int
    let width: Int

    init(_ group: CoupledGroup, _ member: GroupMember? = nil) {
        producer = group.members(.producer).first.map {
            "\($0.name) \($0.axis) \($0.positions.first?.first ?? 0)"
        }
        consumer = member?.name ?? ""
        axis = member?.axis ?? 0
        width = group.width
    }
}
