internal import Graph

/// What a network does with the slices of stored tables that its inputs select.
///
/// A slice of an embedding is a signal: the table produces its channels. The weights of an expert that a router selects are a
/// weight: the table consumes the channels of the signal that they multiply. The look-up is the same, what follows tells.
struct TableSelections {
    typealias Axis = ClassBuilder.AxisKey

    /// The axes of tables behind an axis of a selected value.
    private var tables: [Axis: Set<Axis>] = [:]
    /// Axes of tables whose slices multiply a signal and are summed over.
    private(set) var weights: Set<Axis> = []
    /// Axes of tables whose slices have another use.
    private var signals: Set<Axis> = []
    /// Axes of values to which something else than slices leads.
    private var plain: Set<Axis> = []
    /// Axes of tables that something else than a look-up reads.
    private var direct: Set<Axis> = []

    /// Whether an axis is one of a selected value.
    func isSelected(_ axis: Axis) -> Bool { tables[axis] != nil }

    /// Follows slices through a look-up or through nodes that arrange them.
    ///
    /// A slice that is joined with something else is a signal.
    mutating func pass(_ from: Axis, to: Axis, tables selected: [Axis]) {
        let found = (tables[from] ?? []).union(selected)
        guard !found.isEmpty else {
            if let joined = tables[to] { signals.formUnion(joined) }
            plain.insert(to)
            return
        }
        tables[to, default: []].formUnion(found)
        if plain.contains(to) { signals.formUnion(found) }
    }

    /// A weight that consumes the channels of a signal.
    mutating func note(weight axis: Axis) { weights.formUnion(tables[axis] ?? []) }

    /// A signal with the channels of the table.
    mutating func note(signal axis: Axis) { signals.formUnion(tables[axis] ?? []) }

    /// A table that is used without a look-up.
    mutating func note(directUseOf axis: Axis) { direct.insert(axis) }

    /// Whether an axis of a table has no other use than as a weight.
    func isOnlyWeight(_ axis: Axis) -> Bool { !signals.contains(axis) && !direct.contains(axis) }
}
