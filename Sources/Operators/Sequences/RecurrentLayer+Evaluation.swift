internal import Graph
internal import Torch

extension RecurrentLayer {
    /// The tensors of one direction.
    struct Cell {
        /// The input's contribution to the gates at every position, biases included.
        /// `[length, n, gates hidden]`
        let projected: Tensor
        /// The recurrent weight. `[gates hidden, hidden]`
        let recurrent: Tensor
        /// The recurrent bias `[gates hidden]` not included in `projected`; nil if there is none.
        let recurrentBias: Tensor?
        /// The states before the first position. `[n, hidden]`
        var states: [Tensor]
        /// The direction's nonlinearities.
        let activations: [RecurrentActivation]
        /// The peephole weights of the gates input, output and forget. `[3, hidden]`
        let peepholes: Tensor?
        /// The hidden size.
        let hidden: Int

        /// Returns the rows of one gate from a tensor whose last axis holds all gates.
        func gate(_ index: Int, of tensor: Tensor) throws -> Tensor {
            try tensor.sliced(axis: tensor.rank - 1, (index * hidden)..<((index + 1) * hidden))
        }

        /// Returns a gate's input plus the peephole's contribution from a memory `[n, hidden]`.
        func gate(_ index: Int, of tensor: Tensor, seeing memory: Tensor) throws -> Tensor {
            let share = try gate(index, of: tensor)
            guard let peepholes else { return share }
            return try share.adding(peepholes.sliced(axis: 0, index..<(index + 1)).multiplied(by: memory))
        }
    }

    /// Clips the input of a nonlinearity, if requested.
    func clipped(_ tensor: Tensor) throws -> Tensor {
        guard let clip else { return tensor }
        return try tensor.applying(.clamp(low: -Double(clip), high: Double(clip)))
    }

    /// Runs a cell over the sequence in every direction and joins the results.
    ///
    /// - Parameter step: Computes the next states from the input's contribution `[n, gates hidden]` at one
    ///   position.
    func run(
        _ inputs: [Tensor?], states: Range<Int>, step: (Cell, Tensor) throws -> [Tensor]
    ) throws -> [Tensor] {
        let known = OperatorInputs(types: inputs.map { $0?.tensorType })
        let lengths = try lengths(known, states: states)
        let input = try inputs.required(0)
        let sequence = isBatchFirst ? try input.permuted([1, 0, 2]) : input
        let counts = try inputs.optional(4)?.reshaped([lengths.batch, 1])
        var (all, last): ([Tensor], [[Tensor]]) = ([], states.map { _ in [] })
        for number in 0..<directions {
            let isReversed = direction == .reverse || number == 1
            var cell = try cell(inputs, sequence, number, states, lengths)
            var outputs: [Tensor] = []
            for position in 0..<lengths.sequence {
                let at = isReversed ? lengths.sequence - 1 - position : position
                let projected = try cell.projected.sliced(axis: 0, at..<(at + 1))
                    .reshaped([lengths.batch, gates * lengths.hidden])
                var states = try step(cell, projected)
                var output = states[0]
                if let counts {
                    let isInside = try counts.combined(
                        .greater, Tensor([at], shape: []).moved(to: counts.device))
                    let zero = try Tensor(repeating: 0, shape: [], type: input.type, device: input.device)
                    output = try isInside.choosing(output, zero)
                    states = try zip(states, cell.states).map { try isInside.choosing($0, $1) }
                }
                cell.states = states
                outputs.append(try output.reshaped([1, 1, lengths.batch, lengths.hidden]))
            }
            if isReversed { outputs.reverse() }
            all.append(
                outputs.isEmpty
                    ? try Tensor(
                        repeating: 0, shape: [0, 1, lengths.batch, lengths.hidden], type: input.type,
                        device: input.device) : try .concatenated(outputs, axis: 0))
            for (index, state) in cell.states.enumerated() {
                last[index].append(try state.reshaped([1, lengths.batch, lengths.hidden]))
            }
        }
        let outputs = try Tensor.concatenated(all, axis: 1)
        let final = try last.map { try Tensor.concatenated($0, axis: 0) }
        guard isBatchFirst else { return Array(([outputs] + final).prefix(max(outputCount, 1))) }
        return Array(
            ([try outputs.permuted([2, 0, 1, 3])] + (try final.map { try $0.permuted([1, 0, 2]) }))
                .prefix(max(outputCount, 1)))
    }

    private func cell(
        _ inputs: [Tensor?], _ sequence: Tensor, _ number: Int, _ states: Range<Int>,
        _ lengths: Lengths
    ) throws -> Cell {
        let rows = gates * lengths.hidden
        func part(_ index: Int, _ shape: [Int]) throws -> Tensor {
            try inputs.required(index).sliced(axis: 0, number..<(number + 1)).reshaped(shape)
        }
        let bias = inputs.optional(3) == nil ? nil : try part(3, [2, rows])
        let initial = try states.map { index -> Tensor in
            guard let state = inputs.optional(index) else {
                return try Tensor(
                    repeating: 0, shape: [lengths.batch, lengths.hidden], type: sequence.type,
                    device: sequence.device)
            }
            return try state.sliced(axis: isBatchFirst ? 1 : 0, number..<(number + 1))
                .reshaped([lengths.batch, lengths.hidden])
        }
        return Cell(
            projected: try sequence.linear(
                weight: part(1, [rows, lengths.input]),
                bias: bias?.sliced(axis: 0, 0..<1).reshaped([rows])),
            recurrent: try part(2, [rows, lengths.hidden]),
            recurrentBias: try bias?.sliced(axis: 0, 1..<2).reshaped([rows]), states: initial,
            activations: activations[number],
            peepholes: inputs.optional(7) == nil ? nil : try part(7, [3, lengths.hidden]),
            hidden: lengths.hidden)
    }
}
