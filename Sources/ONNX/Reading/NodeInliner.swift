import Operators

/// Replaces a node by its contents: the branch that an If takes, or the body of one of the model's own
/// functions.
///
/// Names stay unchanged unless they are taken; names inside a call are prefixed by the call's name.
struct NodeInliner {
    /// The replacement for a node.
    struct Expansion {
        var nodes: [Onnx_NodeProto] = []
        var initialisers: [Onnx_TensorProto] = []
        /// The declared types of values inside.
        var types: [Onnx_ValueInfoProto] = []
    }

    /// How deeply functions may call functions, and choices may be nested.
    static let greatestDepth = 32
    /// How many nodes replacements may add: functions that call functions grow fast.
    static let greatestCount = 1 << 16

    private let functions: [String: Onnx_FunctionProto]
    private let operatorSets: [String: Int64]
    /// How often each name is defined, including in subgraphs.
    private var definitions: [String: Int] = [:]
    private var room = greatestCount

    init(_ model: Onnx_ModelProto) {
        functions = Dictionary(model.functions.map { (Self.key($0.domain, $0.name, $0.overload), $0) }) { $1 }
        operatorSets = Self.table(model.opsetImport)
        // Most models have neither functions nor choices, and need no table of names.
        guard !functions.isEmpty || model.graph.node.contains(where: { !$0.subgraphs.isEmpty }) else {
            return
        }
        count(model.graph, 1)
    }

    private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
        "\(standardised(domain))::\(name)::\(overload)"
    }

    private static func standardised(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

    private static func table(_ sets: [Onnx_OperatorSetIdProto]) -> [String: Int64] {
        Dictionary(sets.map { (standardised($0.domain), $0.version) }) { $1 }
    }

    private mutating func count(_ graph: Onnx_GraphProto, _ step: Int) {
        let own = graph.input.map(\.name) + graph.initializer.map(\.name) + graph.node.flatMap(\.output)
        for name in own { definitions[name, default: 0] += step }
        for inner in graph.node.flatMap(\.subgraphs) { count(inner, step) }
    }

    /// Returns the model's own function that a node calls.
    func function(of node: Onnx_NodeProto) -> Onnx_FunctionProto? {
        functions.isEmpty ? nil : functions[Self.key(node.domain, node.opType, node.overload)]
    }

    /// Returns why a function's body cannot replace a call; nil if it can.
    func obstacle(to function: Onnx_FunctionProto) -> String? {
        for (domain, version) in Self.table(function.opsetImport).sorted(by: { $0.key < $1.key }) {
            guard let other = operatorSets[domain], other != version else { continue }
            let name = domain.isEmpty ? "" : " \(domain)"
            return "written for version \(version) of the operator set\(name), the model for \(other)"
        }
        return function.node.count > room ? "too long to inline" : nil
    }

    /// Returns the replacement for an If that always takes the same branch; nil if the branch is damaged.
    mutating func branch(_ isTrue: Bool, of node: Onnx_NodeProto) -> Expansion? {
        let name = isTrue ? "then_branch" : "else_branch"
        guard let body = node.attribute.first(where: { $0.name == name && $0.hasG })?.g, body.input.isEmpty,
            body.sparseInitializer.isEmpty, body.output.count >= node.output.count, body.node.count <= room
        else { return nil }
        // Names that both branches defined are free now.
        for inner in node.subgraphs { count(inner, -1) }
        let expansion = Expansion(nodes: body.node, initialisers: body.initializer, types: body.valueInfo)
        return placed(expansion, outputs: body.output.map(\.name), inputs: [:], of: node, prefix: "")
    }

    /// Returns both branches of an If one after the other, and a node that chooses by the condition; nil if a
    /// branch is damaged.
    mutating func bothBranches(of node: Onnx_NodeProto) -> Expansion? {
        let bodies = ["then_branch", "else_branch"].compactMap { name in
            node.attribute.first { $0.name == name && $0.hasG }?.g
        }
        guard bodies.count == 2, bodies.map(\.node.count).reduce(0, +) < room,
            bodies.allSatisfy({
                $0.input.isEmpty && $0.sparseInitializer.isEmpty && $0.output.count == node.output.count
            })
        else { return nil }
        for inner in node.subgraphs { count(inner, -1) }
        var choice = Onnx_NodeProto()
        (choice.domain, choice.opType) = (BranchChoice.domain, BranchChoice.type)
        (choice.name, choice.input, choice.output) = (node.name, node.input, node.output)
        var result = Expansion()
        for (name, body) in zip(["then", "else"], bodies) {
            var stand = node
            stand.output = body.output.indices.map { free("\(node.label)/\(name).\($0)") }
            let made = placed(
                Expansion(nodes: body.node, initialisers: body.initializer, types: body.valueInfo),
                outputs: body.output.map(\.name), inputs: [:], of: stand, prefix: "")
            result.nodes += made.nodes
            result.initialisers += made.initialisers
            result.types += made.types
            choice.input += stand.output
        }
        result.nodes.append(choice)
        return result
    }

    /// Returns the replacement for a call of a function.
    mutating func body(of function: Onnx_FunctionProto, in call: Onnx_NodeProto) -> Expansion {
        let given = Dictionary(call.attribute.map { ($0.name, $0) }) { $1 }
        let values = Dictionary(function.attributeProto.map { ($0.name, $0) }) { $1 }.merging(given) { $1 }
        let inputs = function.input.enumerated().map { index, name in
            (name, call.input.indices.contains(index) ? call.input[index] : "")
        }
        let nodes = function.node.map { $0.resolvingAttributes(values) }
        return placed(
            Expansion(nodes: nodes), outputs: function.output, inputs: Dictionary(inputs) { $1 }, of: call,
            prefix: "\(call.label)/")
    }

    /// Renames what a body defines, and lets it define the outputs of the replaced node.
    private mutating func placed(
        _ body: Expansion, outputs: [String], inputs: [String: String], of node: Onnx_NodeProto,
        prefix: String
    ) -> Expansion {
        room -= body.nodes.count
        let made = body.nodes.flatMap(\.namedOutputs)
        var names = inputs
        for (own, wanted) in zip(outputs, node.output)
        where !wanted.isEmpty && names[own] == nil && made.contains(own) { names[own] = wanted }
        for own in made + body.initialisers.map(\.name) where names[own] == nil {
            names[own] = free(prefix + own)
        }
        var result = body
        for index in result.nodes.indices {
            result.nodes[index].rename(names)
            if !prefix.isEmpty, !result.nodes[index].name.isEmpty {
                result.nodes[index].name = prefix + result.nodes[index].name
            }
        }
        for index in result.initialisers.indices {
            let name = result.initialisers[index].name
            result.initialisers[index].name = names[name] ?? name
        }
        for index in result.types.indices {
            let name = result.types[index].name
            result.types[index].name = names[name] ?? name
        }
        for inner in result.nodes.flatMap(\.subgraphs) { count(inner, 1) }
        // An output that comes from outside the body, or is one of several names of a value.
        for (own, wanted) in zip(outputs, node.output) where !wanted.isEmpty && names[own] != wanted {
            var identity = Onnx_NodeProto()
            (identity.opType, identity.input, identity.output) = ("Identity", [names[own] ?? own], [wanted])
            result.nodes.append(identity)
        }
        return result
    }

    /// Returns an unused name, and takes it.
    private mutating func free(_ name: String) -> String {
        var result = name
        var number = 0
        while definitions[result, default: 0] > 0 {
            number += 1
            result = "\(name).\(number)"
        }
        definitions[result, default: 0] += 1
        return result
    }
}

extension Onnx_NodeProto {
    /// Renames values, including in subgraphs that read them.
    fileprivate mutating func rename(_ names: [String: String]) {
        input = input.map { names[$0] ?? $0 }
        output = output.map { names[$0] ?? $0 }
        renameCaptures(names)
    }

    /// Returns a node of a function's body with the call's attributes in place of references to them.
    fileprivate func resolvingAttributes(_ values: [String: Onnx_AttributeProto]) -> Onnx_NodeProto {
        var result = self
        result.attribute = attribute.compactMap { own in
            var resolved = own
            if !own.refAttrName.isEmpty {
                // An attribute that the call omits is omitted here too.
                guard let value = values[own.refAttrName] else { return nil }
                resolved = value
                resolved.name = own.name
            }
            if resolved.hasG { resolved.g.node = resolved.g.node.map { $0.resolvingAttributes(values) } }
            for index in resolved.graphs.indices {
                resolved.graphs[index].node = resolved.graphs[index].node.map {
                    $0.resolvingAttributes(values)
                }
            }
            return resolved
        }
        return result
    }
}
