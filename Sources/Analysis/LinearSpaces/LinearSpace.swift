package import Coupling
package import Graph

/// The channels of a group in one place, if every layer that they pass on their way is linear and treats them alike: an
/// invertible matrix A between their makers and their readers changes nothing.
///
///     h' = A h,  V' = V A^-1
///
/// The heads of an attention are one space each: queries are multiplied by keys and nothing else, so what makes the queries
/// is multiplied by A and what makes the keys by A^-T; values are read by the layer after the attention. So is what blocks
/// without an activation at their end add up, as in MobileNetV2.
package struct LinearSpace: Sendable {
    /// The positions of the channels on an axis of a parameter, one per channel.
    package struct Lanes: Sendable {
        /// The axis, limited to one position of each channel.
        package let member: GroupMember
        /// Whether it is multiplied by A^-T instead of A.
        package let isInverse: Bool
    }

    /// Where channels lie along an axis of a computed value.
    package struct Place: Sendable, Hashable {
        package let value: ValueID
        package let axis: Int
        /// The lane of each channel.
        package let lanes: [Int]

        /// Names a place.
        package init(value: ValueID, axis: Int, lanes: [Int]) {
            (self.value, self.axis, self.lanes) = (value, axis, lanes)
        }
    }

    /// What reads the channels.
    package enum Readers: Sendable {
        /// Layers with stored weights: the consuming axes.
        case layers([ConsumerLayer])
        /// Other channels, by which they are multiplied and summed: where both lie.
        case products(left: [Place], right: [Place])
    }

    /// The group's index.
    package let group: Int
    /// All its parameters.
    package let lanes: [Lanes]
    /// What reads it.
    package let readers: Readers
}
