internal import Graph

/// How a convolution's groups tie channels together.
///
/// With one group, channels are free. With as many groups as input channels (depthwise), output channels
/// follow their input channel. Otherwise the number of groups is fixed, and every group keeps the same of its
/// channels.
struct GroupedChannels {
    /// The number of groups.
    let groups: Int
    /// The number of input channels.
    let inputs: Int
    /// The number of output channels.
    let outputs: Int

    /// Whether every input channel is a group of its own.
    var isDepthwise: Bool { groups > 1 && groups == inputs }

    /// Links a depthwise convolution's channels in with its channels out.
    func depthwiseLinks(input: AxisReference, output: AxisReference) -> [AxisLink] {
        let link = AxisLink.repeated(output, input, count: inputs, times: outputs / groups)
        return link.map { [$0] } ?? []
    }

    /// Links lane k of a parameter's short axis with lane k of every group of a long axis.
    func tied(
        _ parameter: AxisReference, _ lanes: AxisReference, each: Int, role: MemberRole
    ) -> [AxisLink] {
        if groups == 1 { return [AxisLink(parameter, lanes, role: role)] }
        let count = Checked.saturatingProduct([groups, each])
        guard count <= AxisLink.maximumLanes, count > 0 else { return [] }
        return [AxisLink(parameter, lanes, role: role, lanes: (0..<count).map { ($0 % each, $0) })]
    }

    /// Links lane k of every further group of an axis with lane k of the first group.
    func selfTied(_ axis: AxisReference, count: Int) -> [AxisLink] {
        let each = count / groups
        guard groups > 1, count <= AxisLink.maximumLanes, each > 0 else { return [] }
        return [AxisLink(axis, axis, lanes: (each..<count).map { ($0 % each, $0) })]
    }
}
