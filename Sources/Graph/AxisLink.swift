/// One axis of one input or output of a node.
public struct AxisReference: Hashable, Sendable {
    /// Which side of the node the value is on.
    public enum Slot: Hashable, Sendable {
        /// The input with an index.
        case input(Int)
        /// The output with an index.
        case output(Int)
    }

    /// The value.
    public var slot: Slot
    /// The axis, counted from 0.
    public var axis: Int

    /// Refers to an axis of a value.
    public init(slot: Slot, axis: Int) {
        self.slot = slot
        self.axis = axis
    }

    /// Refers to an axis of an input.
    public static func input(_ index: Int, _ axis: Int) -> AxisReference {
        AxisReference(slot: .input(index), axis: axis)
    }

    /// Refers to an axis of an output.
    public static func output(_ index: Int, _ axis: Int) -> AxisReference {
        AxisReference(slot: .output(index), axis: axis)
    }
}

/// The role of a parameter for the channels on one of its axes.
public enum MemberRole: String, Sendable, Codable, CaseIterable, Comparable {
    /// Its slices produce the channels: the output axis of a weight.
    case producer
    /// It is added to the channels: a bias, a batch-norm's shift and mean.
    case bias
    /// It multiplies or filters each channel by itself: a batch-norm's scale and variance, a depthwise kernel.
    case perChannel
    /// Its slices consume the channels: the input axis of a weight.
    case consumer

    public static func < (left: MemberRole, right: MemberRole) -> Bool {
        allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
}

/// A statement that lanes of two axes are the same channel.
public struct AxisLink: Sendable {
    /// One axis; if the link has a role, the axis in that role.
    public var first: AxisReference
    /// The other axis.
    public var second: AxisReference
    /// The role of the first axis if its value is a parameter.
    public var role: MemberRole?
    /// Pairs of lanes; nil links lane i with lane i on axes of the same length.
    public var lanes: [(first: Int, second: Int)]?

    /// Links two axes.
    public init(
        _ first: AxisReference, _ second: AxisReference, role: MemberRole? = nil,
        lanes: [(first: Int, second: Int)]? = nil
    ) {
        self.first = first
        self.second = second
        self.role = role
        self.lanes = lanes
    }

    /// Links all lanes of two axes one to one.
    public static func same(_ first: AxisReference, _ second: AxisReference) -> AxisLink {
        AxisLink(first, second)
    }

    /// Links a run of lanes: first[firstStart + i firstStep] = second[secondStart + i secondStep], i < count.
    public static func segment(
        _ first: AxisReference, from firstStart: Int, by firstStep: Int = 1, _ second: AxisReference,
        from secondStart: Int, by secondStep: Int = 1, count: Int
    ) -> AxisLink {
        AxisLink(
            first, second,
            lanes: (0..<count).map { (firstStart + $0 * firstStep, secondStart + $0 * secondStep) })
    }
}
