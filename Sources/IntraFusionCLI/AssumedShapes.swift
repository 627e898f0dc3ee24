import IntraFusion

/// The shapes assumed for a network whose file leaves lengths open.
struct AssumedShapes: Codable {
    /// One input.
    struct Input: Codable {
        let name: String
        let shape: [Int]
        /// The axes whose length was chosen.
        let chosenAxes: [Int]

        private func text(_ choose: (Int) -> String) -> String {
            shape.indices.map(choose).joined(separator: "x")
        }

        /// The input with its shape.
        var shown: String { "\(name) \(text { "\(shape[$0])" })" }

        /// An option that says the same.
        var option: String {
            "--input-shape \(name)=\(text { axis in axis == 0 && chosenAxes.contains(0) ? "?" : "\(shape[axis])" })"
        }
    }

    /// The inputs of which a length was chosen.
    let inputs: [Input]
    /// The nodes of whose branches only those for these lengths are there.
    private let settledChoices: [String]

    init(_ network: NetworkFile) {
        let chosen = Dictionary(grouping: network.model?.assumptions ?? [], by: \.input)
        settledChoices = network.model?.settledChoices ?? []
        let graph = network.graph
        inputs = graph.inputs.compactMap { id in
            chosen[graph[id].name].map { axes in
                Input(name: graph[id].name, shape: graph[id].type.shape, chosenAxes: axes.map(\.axis))
            }
        }
    }

    init(from decoder: any Decoder) throws {
        (inputs, settledChoices) = (try [Input](from: decoder), [])
    }

    func encode(to encoder: any Encoder) throws {
        try inputs.encode(to: encoder)
    }

    /// A line with the assumed lengths and how to set them; nil if only a batch of one was assumed.
    var line: String? {
        let worthSaying = inputs.filter { input in
            input.chosenAxes.contains { $0 > 0 || input.shape[$0] != 1 }
        }
        guard !worthSaying.isEmpty else { return nil }
        let shapes = worthSaying.map(\.shown).joined(separator: ", ")
        let options = worthSaying.map(\.option).joined(separator: " ")
        let limits =
            settledChoices.isEmpty
            ? "which stay open"
            : "which stay open as long as \(settledChoices.joined(separator: ", ")) choose the same branch"
        return "assumed \(shapes) for open lengths, \(limits); to set them: \(options)"
    }
}
