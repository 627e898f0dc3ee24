package import Torch

/// A graph within a node: a branch of an If, the body of a Loop.
///
/// It is traced for the types of its inputs, which may change from one run to the next.
package protocol Subgraph: Sendable {
    /// The number of values it takes.
    var inputCount: Int { get }
    /// The number of values that it makes.
    var outputCount: Int { get }

    /// Runs the graph.
    ///
    /// - Parameters:
    ///   - inputs: Its own inputs.
    ///   - captured: The values around the node that it, or another graph of the node, reads, in the node's order.
    func run(_ inputs: [Tensor], captured: [Tensor?]) throws -> [Tensor]
}

/// An operator with subgraphs, which it runs; nothing is known of it beforehand.
package protocol ControlOperator: Operator {
    /// Makes the operator.
    ///
    /// - Parameters:
    ///   - attributes: The attributes that are not graphs.
    ///   - subgraphs: The graphs by the attribute that holds each.
    ///   - capturedCount: How many of the inputs, the last ones, are read by the graphs alone.
    init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws
}

extension ControlOperator {
    /// Graphs are no attributes that a value could hold.
    package init(attributes: Attributes, signature: OperatorSignature) throws {
        throw GraphError("an operator with subgraphs cannot be made from attributes alone")
    }

    /// Subgraphs take 16-bit floats as they are.
    package var takesHalves: Bool { true }

    /// Attributes that are not graphs stay with the reader of the node, which is written back verbatim.
    package var attributes: Attributes { [:] }
}

/// The remaining budget of all loops of one run, nested ones included.
package final class LoopBudget: @unchecked Sendable {
    /// The most iterations; that many take a few seconds.
    package static let greatestCount = 1 << 15
    /// How long loops may run that do not say how often: their iterations may take any time.
    private static let greatestDuration = Duration.seconds(20)
    /// How much memory the values that a loop hands on, or collects, may take.
    private static let greatestByteCount = 1 << 30

    @TaskLocal private static var current: LoopBudget?

    private var remaining = greatestCount
    private var collected = 0
    private let start = ContinuousClock.now

    private init() {}

    /// Runs a loop with the budget of the loops around it, or one of its own.
    package static func run<Result>(_ loop: (LoopBudget) throws -> Result) throws -> Result {
        if let current { return try loop(current) }
        let own = LoopBudget()
        return try $current.withValue(own) { try loop(own) }
    }

    /// Takes one iteration.
    ///
    /// - Parameter isBounded: Whether the loop says how many there are at most.
    /// - Throws: `GraphError` where there have been too many.
    package func takeIteration(isBounded: Bool = true) throws(GraphError) {
        guard isBounded || ContinuousClock.now - start < Self.greatestDuration else {
            throw GraphError(
                "the loop has no trip count and does not end within \(Self.greatestDuration)")
        }
        guard remaining > 0 else {
            throw GraphError("the loop does not end within \(Self.greatestCount) iterations")
        }
        remaining -= 1
    }

    /// Throws if the values that an iteration passes on take too much memory.
    package func require(_ tensors: [Tensor]) throws(GraphError) { _ = try Self.total(tensors, from: 0) }

    /// Counts values that are kept to the end.
    ///
    /// - Throws: `GraphError` where they take too much memory.
    package func collect(_ tensors: some Sequence<Tensor>) throws(GraphError) {
        collected = try Self.total(Array(tensors), from: collected)
    }

    private static func total(_ tensors: [Tensor], from start: Int) throws(GraphError) -> Int {
        var total = start
        for tensor in tensors {
            let (bytes, overflow) = tensor.count.multipliedReportingOverflow(by: tensor.type.byteCount)
            guard !overflow, bytes <= greatestByteCount - total else {
                throw GraphError("the loop's values take more than \(greatestByteCount >> 30) GiB")
            }
            total += bytes
        }
        return total
    }
}
