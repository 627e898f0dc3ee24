internal import Graph

extension RecurrentLayer {
    /// Links the hidden channels over all gates, both directions, biases and states, and the input's channels
    /// with the weights'.
    ///
    /// A channel removed from a state is removed from both axes of the recurrent weight.
    func links(_ inputs: OperatorInputs, states: Range<Int>) throws(GraphError) -> [AxisLink] {
        let lengths = try lengths(inputs, states: states)
        let state = AxisReference.input(2, 2)
        var links = [
            AxisLink(.input(1, 2), .input(0, 2), role: .consumer),
            AxisLink(.input(0, 2), .input(1, 2), role: .consumer),
            AxisLink(state, .output(0, 3), role: .consumer),
        ]
        links += [1, 2].compactMap {
            .cyclic(.input($0, 1), state, count: lengths.hidden, times: gates, role: .producer)
        }
        if inputs.optionalType(3) != nil,
            let link = AxisLink.cyclic(
                .input(3, 1), state, count: lengths.hidden, times: 2 * gates, role: .bias)
        {
            links.append(link)
        }
        links += states.filter { inputs.optionalType($0) != nil }.map {
            AxisLink(.input($0, 2), state, role: .bias)
        }
        links += (1..<max(outputCount, 1)).map { .same(.output($0, 2), state) }
        return links
    }

    /// Returns the layer for the remaining channels.
    func resized(_ change: AxisChange) -> RecurrentLayer {
        guard let kept = change.keptLanes(.input(2, 2)) else { return self }
        return RecurrentLayer(self, hidden: kept.count)
    }

    /// Counts the products of both weights at every position.
    func cost(_ inputs: OperatorInputs, states: Range<Int>) -> OperatorCost {
        guard let lengths = try? lengths(inputs, states: states),
            let (width, overflow) = Optional(lengths.input.addingReportingOverflow(lengths.hidden)), !overflow
        else { return OperatorCost() }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct([
                lengths.sequence, lengths.batch, directions, gates, lengths.hidden, width,
            ]))
    }
}
