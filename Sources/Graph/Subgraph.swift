package import Torch

/// A graph inside a node: a branch of an If, or the body of a Loop.
///
/// It is traced for the types of its inputs, which may change between runs.
package protocol Subgraph: Sendable {
    /// The number of its inputs.
    var inputCount: Int { get }
    /// The number of its outputs.
    var outputCount: Int { get }

    /// Runs the graph.
    ///
    /// - Parameters:
    ///   - inputs: Its own inputs.
    ///   - captured: The outer values that it, or another graph of the same node, reads, in the node's order.
    func run(_ inputs: [Tensor], captured: [Tensor?]) throws -> [Tensor]
}

/// An operator with subgraphs, which it runs; nothing else is known about it.
package protocol ControlOperator: Operator {
    /// Makes the operator.
    ///
    /// - Parameters:
    ///   - attributes: The attributes that are not graphs.
    ///   - subgraphs: The graphs by the attribute that holds each.
    ///   - capturedCount: How many of the last inputs only the graphs read.
    init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws
}

extension ControlOperator {
    /// A subgraph is not an attribute that a value could hold.
    package init(attributes: Attributes, signature: OperatorSignature) throws {
        throw GraphError("an operator with subgraphs cannot be made from attributes alone")
    }

    /// Subgraphs take 16-bit floats unchanged.
    package var takesHalves: Bool { true }

    /// The reader of the node, which is written back verbatim, keeps the other attributes.
    package var attributes: Attributes { [:] }
}

/// The remaining budget of all loops in one run, including nested ones.
package final class LoopBudget: @unchecked Sendable {
    /// The largest number of iterations; that many take a few seconds.
    package static let greatestCount = 1 << 15
    /// How long loops without a declared trip count may run, since an iteration may take any time.
    private static let greatestDuration = Duration.seconds(20)
    /// How much memory may be used by the values that a loop passes on or collects.
    private static let greatestByteCount = 1 << 30

    @TaskLocal private static var current: LoopBudget?

    private var remaining = greatestCount
    private var collected = 0
    private let start = ContinuousClock.now

    private init() {}

    /// Runs a loop with the budget of the enclosing loops, or with a new one.
    package static func run<Result>(_ loop: (LoopBudget) throws -> Result) throws -> Result {
        if let current { return try loop(current) }
        let own = LoopBudget()
        return try $current.withValue(own) { try loop(own) }
    }

    /// Takes one iteration.
    ///
    /// - Parameter isBounded: Whether the loop declares its largest number of iterations.
    /// - Throws: `GraphError` after too many iterations.
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

    /// Counts values that are kept until the loop ends.
    ///
    /// - Throws: `GraphError` if they take too much memory.
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
