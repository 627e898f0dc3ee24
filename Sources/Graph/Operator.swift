public import Torch

/// One operator of the ONNX standard, and everything the system knows about it.
///
/// An operator is a value with parsed attributes. Its file holds its shapes, its evaluation, its coupling rule, its
/// cost, and how its attributes change when channels are removed.
public protocol Operator: Sendable {
    /// The operator's type in the standard, such as "Conv".
    static var type: String { get }

    /// The operator's domain; empty for the standard's own.
    static var domain: String { get }

    /// This operator's type, for errors and reports.
    var typeName: String { get }

    /// This operator's domain.
    var operatorDomain: String { get }

    /// Whether it computes 16-bit floats on the CPU directly instead of in single precision.
    var takesHalves: Bool { get }

    /// Parses and validates attributes.
    ///
    /// An attribute that it does not read counts as unsupported, and so does an input that `inferredTypes`
    /// does not read.
    /// - Throws: `GraphError` naming the attribute.
    init(attributes: Attributes, signature: OperatorSignature) throws

    /// The attributes as the standard writes them, without those that have their default value.
    var attributes: Attributes { get }

    /// Returns the types of the outputs.
    ///
    /// - Throws: `GraphError` saying what does not fit.
    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType]

    /// Computes the outputs.
    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor]

    /// Whether `elementStep` may describe the operator.
    var isElementStep: Bool { get }

    /// Returns the function that computes each element of the output, and which inputs are its arguments; nil if the
    /// operator is none for these inputs.
    ///
    /// - Parameter inputs: The inputs, without those that are computed in the same pass.
    func elementStep(_ inputs: [Tensor?]) throws -> (function: ElementProgram.Function, arguments: [Int])?

    /// Whether `evaluate` runs the context's program on its output where it can.
    var takesProgram: Bool { get }

    /// Returns which lanes of the inputs' and outputs' axes are the same channel.
    ///
    /// An axis that no link mentions is frozen: its lanes are never removed. On an axis that a link mentions,
    /// a lane that no link mentions can be removed by itself (a position that a Pad adds or a Slice leaves
    /// out). The default claims nothing.
    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink]

    /// Returns further links as lists of alternatives, one of which must be chosen from each.
    ///
    /// Every alternative holds by itself, but two of one list contradict each other: the axes of a matrix
    /// that a Reshape makes of channels can lose rows or columns, but not single elements. The first is the
    /// default. When it is chosen, axes that only the others mention are frozen.
    func axisAlternatives(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [[AxisLink]]

    /// Whether an input axis without a link is frozen; false if the operator only reads lengths.
    var freezesUnlinkedInputs: Bool { get }

    /// Counts the work for one evaluation at the traced size.
    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost

    /// Returns the effect on the distribution of channels that pass through; unknown by default.
    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect

    /// Describes the operator as a weight that multiplies rows of the input; nil if it is none.
    func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer?

    /// The optional input that adds one number per output channel, if the operator has one.
    var biasInput: Int? { get }

    /// The inputs that hold running statistics, which training updates without gradients; those between the
    /// first input and them scale and shift. Empty if the operator has none.
    var runningStatistics: Range<Int> { get }

    /// The number of slices of a stored table that an integer input selects from; nil if it selects none.
    func choiceCount(of input: Int, _ inputs: OperatorInputs) throws -> Int?

    /// Numbers that show, as an integer input, each way in which the node can decide by it, such as a constant
    /// that it compares the input with; empty if it decides nothing.
    ///
    /// Made-up inputs take them in turn, so that both branches of a choice are seen.
    func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int]

    /// Returns the operator for inputs and outputs whose axes have shrunk.
    ///
    /// The default is the operator itself. Attributes that hold lengths (groups, splits, shapes) must change here.
    func resized(_ change: AxisChange) throws -> Self

    /// Returns new values for constant inputs that hold lengths (a Reshape's shape, a Slice's bounds), by input index.
    ///
    /// Unchanged constants must be returned too, because a value that is computed from lengths would
    /// otherwise follow them.
    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor]

    /// Returns constants for some inputs that turn the first output, so far computed from constants, into
    /// another.
    ///
    /// The default is nil: not possible. Return only what must change.
    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]?
}

extension Operator {
    public static var domain: String { "" }
    public var typeName: String { Self.type }
    public var operatorDomain: String { Self.domain }
    public var takesHalves: Bool { false }
    public var isElementStep: Bool { false }
    public func elementStep(
        _ inputs: [Tensor?]
    ) throws -> (function: ElementProgram.Function, arguments: [Int])? { nil }
    public var takesProgram: Bool { false }
    public func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] { [] }
    public func axisAlternatives(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [[AxisLink]] {
        []
    }
    public var freezesUnlinkedInputs: Bool { true }
    public func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost { OperatorCost() }
    public func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .unknown }
    public func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer? { nil }
    public var biasInput: Int? { nil }
    public var runningStatistics: Range<Int> { 0..<0 }
    public func choiceCount(of input: Int, _ inputs: OperatorInputs) throws -> Int? { nil }
    public func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] { [] }
    public func resized(_ change: AxisChange) throws -> Self { self }
    public func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] { [:] }
    public func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? { nil }
}

/// What an operator needs to know about its node besides the attributes.
public struct OperatorSignature: Sendable {
    /// The version of the standard's operator set.
    public var operatorSet: Int
    /// The number of inputs, absent ones included.
    public var inputCount: Int
    /// The number of outputs.
    public var outputCount: Int

    /// The version that built-in networks are written in.
    public static let currentOperatorSet = 17

    /// Makes a signature.
    public init(operatorSet: Int = currentOperatorSet, inputCount: Int, outputCount: Int = 1) {
        self.operatorSet = operatorSet
        self.inputCount = inputCount
        self.outputCount = outputCount
    }
}

extension Operator {
    /// Returns the types of the outputs, after checking that every input is supported.
    package func understoodTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try inputs.understood { try inferredTypes($0) }
    }

    /// Computes the outputs in element types that the engine supports, and converts them to the declared ones.
    ///
    /// Halves are computed in single precision on the CPU; the engine has no wide unsigned integers at all.
    package func results(
        _ inputs: [Tensor?], _ types: [TensorType], in context: inout EvaluationContext
    ) throws -> [Tensor] {
        try MemoryLimit.require(types)
        let wide = try inputs.map { input throws -> Tensor? in
            guard let input, input.type == .float16 || input.type == .bfloat16, input.device == .cpu,
                !takesHalves
            else { return input }
            return try input.converted(to: .float32)
        }
        let isDouble = inputs.contains { $0?.type == .float64 }
        return try evaluate(wide, in: &context).enumerated().map { index, tensor in
            guard index < types.count, types[index].isKnown else { return tensor }
            // A network that runs in double precision stays in it.
            if isDouble, tensor.type == .float64, types[index].element == .float32 { return tensor }
            return try tensor.converted(to: types[index].element)
        }
    }

    /// Returns whether each element of the outputs comes from one element of an input, or from none.
    package func passesElements(_ inputs: OperatorInputs) throws -> Bool {
        switch try channelEffect(inputs) {
        case .arrangement, .function, .rectification: true
        case .unknown, .sum, .product, .elementwise, .average, .maximum, .normalisation, .matrixProduct,
            .filter:
            false
        }
    }
}
