public import OptimalTransport

/// A transport of a group's channels to the survivors, and the places that the survivors take.
public struct ChannelTransport: Sendable {
    /// The plan from all channels to the survivors.
    public let plan: TransportPlan
    /// The channels whose places the survivors take, ascending: the kept channels or, if survivors are new
    /// channels, the channels nearest to them.
    public let places: [Int]

    /// Makes a transport whose target t takes the place of channel places[t].
    public init(plan: TransportPlan, places: [Int]) {
        self.plan = plan
        self.places = places
    }
}
