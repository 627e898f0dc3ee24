internal import Graph
internal import Torch

/// The attributes and shapes that LSTM, GRU and RNN share.
///
/// Inputs are x [length, n, in] (or [n, length, in] with layout 1), the weights [directions, gates hidden, in], the
/// recurrent weights [directions, gates hidden, hidden], biases [directions, 2 gates hidden], the sequences' lengths (not
/// supported) and initial states [directions, n, hidden].
struct RecurrentLayer: Sendable {
    /// The order in which a sequence is read.
    enum Direction: String, Sendable {
        case forward, reverse, bidirectional
    }

    /// A nonlinearity.
    enum Activation: String, Sendable {
        case sigmoid = "Sigmoid", tanh = "Tanh", relu = "Relu"

        func apply(to tensor: Tensor) throws -> Tensor {
            switch self {
            case .sigmoid: try tensor.applying(.sigmoid)
            case .tanh: try tensor.applying(.hyperbolicTangent)
            case .relu: try tensor.applying(.relu)
            }
        }
    }

    let direction: Direction
    /// The nonlinearities of each direction.
    let activations: [[Activation]]
    private let defaults: [Activation]
    private let hidden: Int?
    private let clip: Float?
    private let isBatchFirst: Bool
    private let outputCount: Int
    /// How many sets of rows the weights have.
    let gates: Int

    /// The number of directions.
    var directions: Int { direction == .bidirectional ? 2 : 1 }

    /// Parses and validates attributes.
    init(
        _ attributes: Attributes, _ signature: OperatorSignature, gates: Int, defaults: [Activation],
        maximumOutputs: Int
    ) throws(GraphError) {
        let name = try attributes.string("direction", default: "forward")
        guard let direction = Direction(rawValue: name) else {
            throw GraphError("attribute direction must be forward, reverse or bidirectional, got \(name)")
        }
        self.direction = direction
        let count = direction == .bidirectional ? 2 : 1
        let names = try attributes.strings("activations") ?? []
        var activations: [Activation] = []
        for name in names {
            guard let activation = Activation(rawValue: name) else {
                throw GraphError("attribute activations names \(name), which is not supported")
            }
            activations.append(activation)
        }
        if names.isEmpty { activations = (0..<count).flatMap { _ in defaults } }
        guard activations.count == count * defaults.count else {
            throw GraphError(
                "attribute activations must have \(count * defaults.count) names, got \(names.count)")
        }
        self.activations = (0..<count).map {
            Array(activations[($0 * defaults.count)..<(($0 + 1) * defaults.count)])
        }
        self.defaults = defaults
        hidden = attributes["hidden_size"] == nil ? nil : try attributes.integer("hidden_size", default: 0)
        clip = attributes["clip"] == nil ? nil : try attributes.float("clip", default: 0)
        isBatchFirst = try attributes.integer("layout", default: 0) != 0
        outputCount = signature.outputCount
        self.gates = gates
        guard hidden ?? 1 >= 1 else { throw GraphError("attribute hidden_size must be at least 1") }
        if let clip, !(clip > 0) { throw GraphError("attribute clip must be positive, got \(clip)") }
        guard outputCount <= maximumOutputs else {
            throw GraphError("has at most \(maximumOutputs) outputs, got \(outputCount)")
        }
    }

    /// Makes the same layer with another hidden size.
    init(_ other: RecurrentLayer, hidden: Int) {
        (direction, activations, defaults) = (other.direction, other.activations, other.defaults)
        (clip, isBatchFirst, outputCount, gates) = (
            other.clip, other.isBatchFirst, other.outputCount, other.gates
        )
        self.hidden = other.hidden == nil ? nil : hidden
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if direction != .forward { result["direction"] = .string(direction.rawValue) }
        if activations != activations.map({ _ in defaults }) {
            result["activations"] = .strings(activations.joined().map(\.rawValue))
        }
        if let hidden { result["hidden_size"] = .integer(hidden) }
        if let clip { result["clip"] = .float(clip) }
        if isBatchFirst { result["layout"] = .integer(1) }
        return result
    }

    // MARK: Shapes

    /// The lengths that shapes are made of.
    struct Lengths: Sendable {
        let sequence: Int
        let batch: Int
        let input: Int
        let hidden: Int
    }

    /// Checks the first six inputs and returns the lengths.
    func lengths(_ inputs: OperatorInputs, states: Range<Int>) throws(GraphError) -> Lengths {
        let (input, weight, recurrent) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...3, "the input")
        try recurrent.requireRank(3...3, "the recurrent weight")
        let hidden = recurrent.shape[2]
        let rows = try Checked.product([gates, hidden])
        let lengths = Lengths(
            sequence: input.shape[isBatchFirst ? 1 : 0], batch: input.shape[isBatchFirst ? 0 : 1],
            input: input.shape[2], hidden: hidden)
        guard hidden >= 1, self.hidden ?? hidden == hidden else {
            throw GraphError("attribute hidden_size is \(self.hidden ?? 0), the weight has \(hidden)")
        }
        try weight.requireShape([directions, rows, lengths.input], "the weight")
        try recurrent.requireShape([directions, rows, hidden], "the recurrent weight")
        try inputs.optionalType(3)?.requireShape([directions, try Checked.product([2, rows])], "the bias")
        guard inputs.optionalType(4) == nil else {
            throw GraphError("lengths of single sequences are not supported")
        }
        for index in states {
            try inputs.optionalType(index)?.requireShape(stateShape(lengths), "an initial state")
        }
        for index in [1, 2, 3] + states {
            try inputs.optionalType(index)?.requireElement(input.element, "input \(index)")
        }
        return lengths
    }

    private func stateShape(_ lengths: Lengths) -> [Int] {
        isBatchFirst
            ? [lengths.batch, directions, lengths.hidden] : [directions, lengths.batch, lengths.hidden]
    }

    /// Returns the types of all outputs: the states at every position, then the last ones.
    func outputTypes(_ lengths: Lengths, _ element: DType) throws(GraphError) -> [TensorType] {
        let all =
            isBatchFirst
            ? [lengths.batch, lengths.sequence, directions, lengths.hidden]
            : [lengths.sequence, directions, lengths.batch, lengths.hidden]
        var types = [try TensorType.output(element, all)]
        while types.count < outputCount { types.append(try .output(element, stateShape(lengths))) }
        return types
    }

    // MARK: Evaluation

    /// The tensors of one direction.
    struct Cell {
        /// The input's share of the gates at every position, biases included. `[length, n, gates hidden]`
        let projected: Tensor
        /// The recurrent weight. `[gates hidden, hidden]`
        let recurrent: Tensor
        /// The recurrent bias `[gates hidden]`, not yet in `projected`; nil where there is none.
        let recurrentBias: Tensor?
        /// The states before the first position. `[n, hidden]`
        var states: [Tensor]
        /// The direction's nonlinearities.
        let activations: [Activation]
        /// The hidden size.
        let hidden: Int

        /// Returns the rows of one gate of a tensor whose last axis holds all gates.
        func gate(_ index: Int, of tensor: Tensor) throws -> Tensor {
            try tensor.sliced(axis: tensor.rank - 1, (index * hidden)..<((index + 1) * hidden))
        }
    }

    /// Bounds what goes into a nonlinearity, where that is asked for.
    func clipped(_ tensor: Tensor) throws -> Tensor {
        guard let clip else { return tensor }
        return try tensor.applying(.clamp(low: -Double(clip), high: Double(clip)))
    }

    /// Runs a cell over the sequence in every direction and joins what it yields.
    ///
    /// - Parameter step: Computes the next states from the input's share `[n, gates hidden]` at one position.
    func run(
        _ inputs: [Tensor?], states: Range<Int>, step: (Cell, Tensor) throws -> [Tensor]
    ) throws -> [Tensor] {
        let known = OperatorInputs(types: inputs.map { $0?.tensorType })
        let lengths = try lengths(known, states: states)
        let input = try inputs.required(0)
        let sequence = isBatchFirst ? try input.permuted([1, 0, 2]) : input
        var (all, last): ([Tensor], [[Tensor]]) = ([], states.map { _ in [] })
        for number in 0..<directions {
            let isReversed = direction == .reverse || number == 1
            var cell = try cell(inputs, sequence, number, states, lengths)
            var outputs: [Tensor] = []
            for position in 0..<lengths.sequence {
                let at = isReversed ? lengths.sequence - 1 - position : position
                let projected = try cell.projected.sliced(axis: 0, at..<(at + 1))
                    .reshaped([lengths.batch, gates * lengths.hidden])
                cell.states = try step(cell, projected)
                outputs.append(try cell.states[0].reshaped([1, 1, lengths.batch, lengths.hidden]))
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
            activations: activations[number], hidden: lengths.hidden)
    }

    // MARK: Coupling

    /// Links the hidden channels over all gates, both directions, biases and states, and the input's with the weights'.
    ///
    /// What a state loses, the recurrent weight loses on both of its axes.
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

    /// Returns the layer for channels that are left.
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
