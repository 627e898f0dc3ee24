internal import Checkpoints
internal import Torch

/// The tensors of a state dictionary; records everything that does not fit, and continues with zeros instead.
struct StoredParameters: ParameterSource {
    let inputChannels: Int
    private let architecture: String
    private let state: StateDictionary
    /// Either all layers that have a batch-norm by definition have it, or all are folded.
    private let hasNormalisation: Bool
    /// Either all convolutions that have a bias by definition have it, or none has.
    private let convolutionsHaveBias: Bool
    private var taken: Set<String> = []
    private var issues: [StateIssue] = []

    init(_ state: StateDictionary, architecture: String, firstLayer: String, imageSize: SpatialSize) {
        self.architecture = architecture
        self.state = state
        inputChannels = Self.inputChannels(state[firstLayer + ".weight"]?.shape ?? [], imageSize) ?? 3
        let names = state.names
        hasNormalisation = names.contains { $0.hasSuffix(".running_mean") || $0.hasSuffix(".running_var") }
        convolutionsHaveBias = names.contains {
            $0.hasSuffix(".bias") && state[$0.dropLast(4) + "weight"]?.rank == 4
        }
    }

    /// The number of image channels that a first layer's weight of some shape reads: as a map or, if it is
    /// fully connected, in all pixels.
    private static func inputChannels(_ shape: [Int], _ imageSize: SpatialSize) -> Int? {
        guard shape.count == 2 || shape.count == 4, shape[1] > 0 else { return nil }
        if shape.count == 4 { return shape[1] }
        let (area, overflow) = imageSize.height.multipliedReportingOverflow(by: imageSize.width)
        return !overflow && area > 0 && shape[1] % area == 0 ? shape[1] / area : nil
    }

    mutating func layer(_ request: LayerRequest) throws -> LayerParameters {
        let key = request.weightKey
        let groups = groups(of: request)
        let expected = [nil, request.inputs / groups] + request.kernel.map { Optional($0) }
        var note = "\(request.inputs) from \(request.origin)"
        if request.groups > 1 { note += " in \(groups) groups" }
        let weight = try tensor(key, expected, note: note, placeholder: request.outputs)
        let outputs = weight.shape[0]
        if outputs % groups != 0 {
            misshapen(key, "a multiple of \(groups) outputs, one group each", weight.shape)
        }
        let hasBias =
            switch request.bias {
            case .always: true
            case .optional: state[request.biasKey] != nil
            case .inAllOrNone: convolutionsHaveBias
            }
        return LayerParameters(
            weight: weight,
            bias: hasBias
                ? try tensor(
                    request.biasKey, [outputs], note: "\(outputs) from \(key)", placeholder: outputs)
                : nil,
            groups: outputs % groups == 0 ? groups : 1)
    }

    mutating func tensor(_ key: String, _ shape: [Int], origin: String, value: Double) throws -> Tensor {
        try tensor(
            key, shape.map { Optional($0) }, note: "as \(origin) has it", placeholder: shape.first ?? 1)
    }

    mutating func normalisation(_ key: String, channels: Int) throws -> NormalisationParameters? {
        guard hasNormalisation else { return nil }
        taken.insert(key + ".num_batches_tracked")
        let tensors = try NormalisationParameters.names.map { name in
            try tensor(
                "\(key).\(name)", [channels], note: "it receives \(channels) channels", placeholder: channels)
        }
        return NormalisationParameters(
            scale: tensors[0], shift: tensors[1], mean: tensors[2], variance: tensors[3])
    }

    mutating func passesOver(_ first: NetworkBuilder.Features, _ second: NetworkBuilder.Features) -> Bool {
        let detail =
            "its \(first.channels) channels are added to the \(second.channels) of \(second.origin)"
        issues.append(StateIssue(kind: .misshapen, key: first.origin + ".weight", detail: detail))
        return true
    }

    func finish() throws {
        let unexpected = state.filter { !taken.contains($0.name) }.map {
            StateIssue(kind: .unexpected, key: $0.name, detail: "\($0.tensor.shape)")
        }
        guard issues.isEmpty, unexpected.isEmpty else {
            throw ModelError.stateDictionary(architecture: architecture, issues: issues + unexpected)
        }
    }

    /// Returns the number of groups of a layer's inputs, given its weight.
    private func groups(of request: LayerRequest) -> Int {
        guard request.groups > 1, let shape = state[request.weightKey]?.shape,
            shape.count == request.kernel.count + 2, shape[1] > 0, request.inputs % shape[1] == 0
        else { return request.inputs % request.groups == 0 ? request.groups : 1 }
        return request.inputs / shape[1]
    }

    /// Returns a tensor, or zeros of the shape it should have; nil stands for any length of 1 or more.
    private mutating func tensor(
        _ key: String, _ expected: [Int?], note: String, placeholder: Int
    ) throws -> Tensor {
        taken.insert(key)
        let text = "[" + expected.map { $0.map { "\($0)" } ?? "*" }.joined(separator: ", ") + "]"
        guard let tensor = state[key] else {
            issues.append(StateIssue(kind: .missing, key: key, detail: ""))
            return try zeros(expected, placeholder)
        }
        let shape = tensor.shape
        let fits =
            shape.count == expected.count
            && zip(shape, expected).allSatisfy { $0 > 0 && ($1 == nil || $0 == $1) }
        guard fits else {
            misshapen(key, "\(text): \(note)", shape)
            // The stored width is kept, so one misfit is not reported again in every later layer.
            let isWidth = shape.count == expected.count && shape.first ?? 0 > 0
            return try zeros(expected, isWidth ? shape[0] : placeholder)
        }
        guard tensor.type.isFloatingPoint else {
            issues.append(
                StateIssue(
                    kind: .mistyped, key: key, detail: "expected floating-point numbers, got \(tensor.type)"))
            return try zeros(expected, shape[0])
        }
        return try tensor.converted(to: .float32)
    }

    private mutating func misshapen(_ key: String, _ expected: String, _ shape: [Int]) {
        issues.append(StateIssue(kind: .misshapen, key: key, detail: "expected \(expected), got \(shape)"))
    }

    private func zeros(_ expected: [Int?], _ width: Int) throws -> Tensor {
        try Tensor(repeating: 0, shape: []).expanded(to: expected.map { $0 ?? width })
    }
}
