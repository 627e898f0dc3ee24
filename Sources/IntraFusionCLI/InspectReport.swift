import Foundation
import IntraFusion

/// What `inspect` prints.
struct InspectReport: Encodable {
    /// What goes in or comes out.
    struct Port: Encodable {
        let name: String
        let type: String
        let shape: [Int]
    }

    /// A node that is written back verbatim because its operator or its inputs are unknown.
    struct Opaque: Encodable {
        let node: String
        let type: String
        let reason: String
    }

    /// A reason why channels are frozen.
    struct Frozen: Encodable {
        let reason: String
        let node: String?
        let `operator`: String?
        /// The share of the parameters that belong to these channels.
        let share: Double
        let channels: Int
        let parameters: [String]

        var line: String {
            let shown = parameters.prefix(4).joined(separator: ", ")
            let more = parameters.count > 4 ? " and \(parameters.count - 4) more" : ""
            return String(format: "  %5.1f %%  ", 100 * share)
                + "\(channels) channels of \(shown)\(more): \(reason)"
        }
    }

    let model: String
    let file: String
    let bytes: Int
    let format: String
    let formatVersion: Int?
    let operatorSets: [String: Int]
    let producer: String?
    let inputs: [Port]
    let outputs: [Port]
    let assumptions: AssumedShapes
    let operators: [String: Int]
    let parameters: Int
    let multiplyAccumulates: Int
    let groups: Int
    let removableChannels: Int
    let frozen: [Frozen]
    let notUnderstood: [Opaque]

    init(_ network: NetworkFile) throws {
        let graph = network.graph
        func ports(_ ids: [ValueID]) -> [Port] {
            ids.map { id in
                let type = graph[id].type
                return Port(
                    name: graph[id].name, type: type.isKnown ? "\(type.element)" : "unknown",
                    shape: type.shape)
            }
        }
        model = network.architecture
        file = network.path
        bytes = network.byteCount
        format = network.model == nil ? "checkpoint" : "onnx"
        formatVersion = network.model?.formatVersion
        operatorSets = network.model?.operatorSets ?? [:]
        producer = network.model?.producer
        inputs = ports(graph.inputs)
        outputs = ports(graph.outputs)
        assumptions = AssumedShapes(network)
        operators = Dictionary(grouping: graph.nodes, by: \.type).mapValues(\.count)
        parameters = graph.parameterCount
        multiplyAccumulates = graph.multiplyAccumulates
        let analysed = try AnalysedNetwork(graph, folding: .exact)
        let (folded, coupling) = (analysed.graph, analysed.coupling)
        groups = coupling.groups.count
        removableChannels = coupling.groups.reduce(0) { $0 + $1.width }
        frozen = coupling.frozenCauses(in: folded).map {
            Frozen(
                reason: $0.reason, node: $0.node, operator: $0.operatorType, share: $0.share,
                channels: $0.channels, parameters: $0.parameters)
        }
        notUnderstood = graph.nodes.compactMap { node in
            node.obstacle.map { Opaque(node: node.name, type: node.type, reason: $0) }
        }
    }

    /// The report for people.
    var text: String {
        func lines(_ ports: [Port]) -> [String] {
            ports.map { "  \($0.name)  \($0.type) \($0.shape.map(String.init).joined(separator: "x"))" }
        }
        var table = TextTable(header: ["operator", "nodes"])
        for (type, count) in operators.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.add([type, "\(count)"])
        }
        let sets = operatorSets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", ")
        var result = [assumptions.line].compactMap { $0 } + ["\(model) (\(file), \(bytes) bytes)"]
        if let formatVersion { result.append("ONNX format \(formatVersion), operator sets: \(sets)") }
        if let producer, !producer.isEmpty { result.append("made by \(producer)") }
        result += ["inputs:"] + lines(inputs) + ["outputs:"] + lines(outputs)
        result += [
            "\(parameters) parameters, \(multiplyAccumulates) multiply-accumulates",
            "\(groups) groups with \(removableChannels) channels that can be pruned", "",
            table.text(leading: [0]),
        ]
        if !frozen.isEmpty {
            result += ["", "frozen channels and their share of the parameters:"]
            result += frozen.map(\.line)
        }
        if !notUnderstood.isEmpty {
            result += ["", "nodes kept as they are, because they are not supported or depend on data:"]
            result += notUnderstood.map { "  \($0.node) (\($0.type)): \($0.reason)" }
        }
        return result.joined(separator: "\n")
    }
}
