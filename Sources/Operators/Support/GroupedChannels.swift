internal import Graph

/// How a convolution's groups tie channels together.
///
/// With one group, channels are free. With as many groups as input channels (depthwise), output channels follow
/// their input channel. Otherwise the number of groups stays, and every group keeps the same of its channels.
struct GroupedChannels {
    /// The number of groups.
    let groups: Int
    /// The number of input channels.
    let inputs: Int
    /// The number of output channels.
    let outputs: Int

    /// Whether every input channel is a group of its own.
    var isDepthwise: Bool { groups > 1 && groups == inputs }

    /// Links the parameter's axis of `inputs / groups` lanes with the consumed channels.
    func inputLinks(parameter: AxisReference, lanes: AxisReference) -> [AxisLink] {
        if isDepthwise { return [] }
        return tied(parameter, lanes, groups: groups, each: inputs / groups, role: .consumer)
    }

    /// Links the parameter's axis of `outputs` lanes with the produced channels.
    func outputLinks(parameter: AxisReference, lanes: AxisReference) -> [AxisLink] {
        if groups == 1 { return [AxisLink(parameter, lanes, role: .producer)] }
        if isDepthwise { return [AxisLink(parameter, lanes, role: .perChannel)] }
        let same = AxisLink(parameter, lanes, role: .producer)
        return [same] + selfTied(lanes, count: outputs)
    }

    /// Links a depthwise convolution's channels in with its channels out.
    func depthwiseLinks(input: AxisReference, output: AxisReference) -> [AxisLink] {
        guard isDepthwise else { return [] }
        return [AxisLink.repeated(output, input, count: inputs, times: outputs / groups)].compactMap { $0 }
    }

    /// Links lane k of an axis with lane k of every group of another.
    func tied(
        _ parameter: AxisReference, _ lanes: AxisReference, groups: Int, each: Int, role: MemberRole
    ) -> [AxisLink] {
        if groups == 1 { return [AxisLink(parameter, lanes, role: role)] }
        let (count, overflow) = groups.multipliedReportingOverflow(by: each)
        guard !overflow, count <= AxisLink.maximumLanes, each > 0 else { return [] }
        return [
            AxisLink(parameter, lanes, role: role, lanes: (0..<count).map { ($0 % each, $0) })
        ]
    }

    /// Links lane k of every group of an axis with lane k of the first group.
    func selfTied(_ axis: AxisReference, count: Int) -> [AxisLink] {
        let each = count / groups
        guard count <= AxisLink.maximumLanes, each > 0 else { return [] }
        return [AxisLink(axis, axis, lanes: (each..<max(count, each)).map { ($0 % each, $0) })]
    }
}
