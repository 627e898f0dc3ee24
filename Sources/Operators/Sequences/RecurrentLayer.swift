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
    let clip: Float?
    let isBatchFirst: Bool
    let outputCount: Int
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
}
