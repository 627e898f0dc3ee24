public import Graph
public import Torch

/// A runtime that measures latency.
public protocol InferenceRuntime: Sendable {
    /// Its name.
    var name: String { get }
    /// Its version.
    var version: String { get }
    /// The number of threads per run.
    var threads: Int { get }
    /// Whether this is the project's own engine, whose outputs need no check.
    var isOwn: Bool { get }

    /// Prepares a network to run on inputs.
    ///
    /// - Throws: An error describing what the runtime does not accept.
    func prepare(_ graph: Graph, inputs: [Tensor]) throws -> any PreparedNetwork

    /// Returns the seconds of a run by the type of operator; nil if it does not record them.
    ///
    /// - Throws: An error describing what the runtime does not accept.
    func operatorTimes(of graph: Graph, inputs: [Tensor], runs: Int) throws -> [String: Double]?
}

extension InferenceRuntime {
    /// The name and the version.
    public var title: String { "\(name) \(version)" }

    public func operatorTimes(of graph: Graph, inputs: [Tensor], runs: Int) throws -> [String: Double]? {
        nil
    }
}

/// A network that is ready to run on given inputs.
public protocol PreparedNetwork: Sendable {
    /// Runs the network; all its work is done on return.
    func run() throws
    /// Runs the network and returns its outputs in the order of the graph.
    func outputs() throws -> [Tensor]
}
