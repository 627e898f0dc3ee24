internal import Graph

extension AxisLink {
    /// Axes longer than this are not linked lane by lane; unlinked lanes are frozen, which is always safe.
    static let maximumLanes = 1 << 22

    /// Links every axis of one value with the same axis of another.
    static func allSame(
        _ first: AxisReference.Slot, _ second: AxisReference.Slot, axes: some Sequence<Int>,
        role: MemberRole? = nil
    ) -> [AxisLink] {
        axes.map { AxisLink(first.axis($0), second.axis($0), role: role) }
    }

    /// Links a run of lanes with a run of as many on another axis.
    static func run(
        _ first: AxisReference, from firstStart: Int, _ second: AxisReference, from secondStart: Int,
        count: Int, role: MemberRole? = nil
    ) -> [AxisLink] {
        guard count > 0, count <= maximumLanes else { return [] }
        var link = segment(first, from: firstStart, second, from: secondStart, count: count)
        link.role = role
        return [link]
    }

    /// Links lane i of a short axis with the lanes i, i + count, i + 2 count, ... of a long one.
    static func cyclic(
        _ long: AxisReference, _ short: AxisReference, count: Int, times: Int, role: MemberRole? = nil
    ) -> AxisLink? {
        if times == 1 { return AxisLink(long, short, role: role) }
        let total = Checked.saturatingProduct([count, times])
        guard total <= maximumLanes else { return nil }
        return AxisLink(long, short, role: role, lanes: (0..<total).map { ($0, $0 % count) })
    }

    /// Links lane i of a short axis with lanes `i times` ..< `(i + 1) times` of a long one.
    static func repeated(
        _ long: AxisReference, _ short: AxisReference, count: Int, times: Int
    ) -> AxisLink? {
        if times == 1 { return .same(long, short) }
        let (total, overflow) = count.multipliedReportingOverflow(by: times)
        guard !overflow, total <= maximumLanes else { return nil }
        return AxisLink(long, short, lanes: (0..<total).map { ($0, $0 / times) })
    }
}

extension AxisReference.Slot {
    /// Refers to one of the value's axes.
    func axis(_ axis: Int) -> AxisReference {
        switch self {
        case .input(let index): .input(index, axis)
        case .output(let index): .output(index, axis)
        }
    }
}
