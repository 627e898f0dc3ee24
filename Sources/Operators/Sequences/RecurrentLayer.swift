internal import Graph
internal import Torch

/// The attributes and shapes that LSTM, GRU and RNN share.
///
/// The inputs are x [length, n, in] (or [n, length, in] with layout 1), the weights [directions, gates
/// hidden, in], the recurrent weights [directions, gates hidden, hidden], biases [directions, 2 gates
/// hidden], the sequences' lengths [n] and initial states [directions, n, hidden]. After the end of a
/// sequence, outputs are 0 and states no longer change.
struct RecurrentLayer: Sendable {
    /// The order in which a sequence is read.
    enum Direction: String, Sendable {
        case forward, reverse, bidirectional
    }

    let direction: Direction
    /// The nonlinearities of each direction.
    let activations: [[RecurrentActivation]]
    private let defaults: [RecurrentActivation.Function]
    private let alphas: [Float]?
    private let betas: [Float]?
    private let hidden: Int?
    let clip: Float?
    let isBatchFirst: Bool
    let outputCount: Int
    /// How many sets of rows the weights have.
    let gates: Int

    /// The number of directions.
    var directions: Int { direction == .bidirectional ? 2 : 1 }

    /// Parses and validates attributes.
    init(
        _ attributes: Attributes, _ signature: OperatorSignature, gates: Int,
        defaults: [RecurrentActivation.Function], maximumOutputs: Int
    ) throws(GraphError) {
        let name = try attributes.string("direction", default: "forward")
        guard let direction = Direction(rawValue: name) else {
            throw GraphError("attribute direction must be forward, reverse or bidirectional, got \(name)")
        }
        self.direction = direction
        let count = direction == .bidirectional ? 2 : 1
        let names = try attributes.strings("activations") ?? []
        var functions: [RecurrentActivation.Function] = []
        for name in names {
            guard let function = RecurrentActivation.Function(rawValue: name) else {
                throw GraphError("attribute activations names \(name), which is not supported")
            }
            functions.append(function)
        }
        if names.isEmpty { functions = (0..<count).flatMap { _ in defaults } }
        guard functions.count == count * defaults.count else {
            throw GraphError(
                "attribute activations must have \(count * defaults.count) names, got \(names.count)")
        }
        (alphas, betas) = (
            try attributes.floats("activation_alpha"), try attributes.floats("activation_beta")
        )
        let activations = try RecurrentActivation.list(functions, alphas: alphas ?? [], betas: betas ?? [])
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
        (alphas, betas) = (other.alphas, other.betas)
        (clip, isBatchFirst, outputCount, gates) = (
            other.clip, other.isBatchFirst, other.outputCount, other.gates
        )
        self.hidden = other.hidden == nil ? nil : hidden
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if direction != .forward { result["direction"] = .string(direction.rawValue) }
        let functions = activations.map { $0.map(\.function) }
        if functions != functions.map({ _ in defaults }) {
            result["activations"] = .strings(functions.joined().map(\.rawValue))
        }
        if let alphas { result["activation_alpha"] = .floats(alphas) }
        if let betas { result["activation_beta"] = .floats(betas) }
        if let hidden { result["hidden_size"] = .integer(hidden) }
        if let clip { result["clip"] = .float(clip) }
        if isBatchFirst { result["layout"] = .integer(1) }
        return result
    }

    // MARK: Shapes

    /// The lengths that make up the shapes.
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
        if let counts = inputs.optionalType(4) {
            try counts.requireElement(.int32, "the sequences' lengths")
            try counts.requireShape([lengths.batch], "the sequences' lengths")
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
}
