internal import Graph
internal import Torch

/// How often runs of integers occur in sequences [length] or [n, length], with optional weights.
/// `[(n,) features]`
///
/// A run may skip up to `max_skip_count` elements between two of its elements. Runs of strings are not
/// supported.
struct TfIdfVectorizer: Operator {
    static let type = "TfIdfVectorizer"

    private enum Mode: String, CaseIterable {
        case frequency = "TF"
        case inverse = "IDF"
        case both = "TFIDF"
    }

    private let mode: Mode
    private let least: Int
    private let greatest: Int
    private let skips: Int
    private let starts: [Int]
    private let features: [Int]
    private let pool: [Int]
    private let weights: [Float]?
    /// The feature of each run.
    private let table: [[Int]: Int]
    private let featureCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        mode = try attributes.choice("mode", default: Mode.frequency)
        least = try attributes.integer("min_gram_length", default: 1)
        greatest = try attributes.integer("max_gram_length", default: 1)
        skips = try attributes.integer("max_skip_count", default: 0)
        starts = try attributes.integers("ngram_counts") ?? []
        features = try attributes.integers("ngram_indexes") ?? []
        pool = try attributes.integers("pool_int64s") ?? []
        weights = try attributes.floats("weights")
        guard attributes["mode"] != nil, least >= 1, greatest >= least, skips >= 0, greatest <= starts.count
        else { throw GraphError("mode, min_gram_length, max_gram_length and max_skip_count do not fit") }
        var table: [[Int]: Int] = [:]
        var number = 0
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : pool.count
            guard start >= 0, start <= end, end <= pool.count, (end - start) % (index + 1) == 0 else {
                throw GraphError("attribute ngram_counts does not fit a pool of \(pool.count)")
            }
            for place in stride(from: start, to: end, by: index + 1) {
                guard number < features.count, features[number] >= 0 else {
                    throw GraphError("attribute ngram_indexes must name a feature of every run")
                }
                let run = Array(pool[place..<(place + index + 1)])
                if (least...greatest).contains(run.count), table[run] == nil { table[run] = features[number] }
                number += 1
            }
        }
        self.table = table
        featureCount = try Checked.sum(features.max() ?? -1, 1)
        try Checked.requireMade([featureCount])
        guard weights?.count ?? features.count == features.count else {
            throw GraphError("attribute weights must have \(features.count) entries")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [
            "mode": .string(mode.rawValue), "min_gram_length": .integer(least),
            "max_gram_length": .integer(greatest), "max_skip_count": .integer(skips),
            "ngram_counts": .integers(starts), "ngram_indexes": .integers(features),
            "pool_int64s": .integers(pool),
        ]
        if let weights { result["weights"] = .floats(weights) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try IndexTensors.require(input, "the input")
        try input.requireRank(0...2, "the input")
        return [try .output(.float32, input.rank == 2 ? [input.shape[0], featureCount] : [featureCount])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        let elements = try input.integers()
        let rows = shape.count == 2 ? shape[0] : 1
        let length = shape.count == 2 ? shape[1] : elements.count
        try Checked.requireMade([rows, featureCount])
        var counts: [Float] = []
        for row in 0..<rows { counts += frequencies(Array(elements[(row * length)..<((row + 1) * length)])) }
        let output = shape.count == 2 ? [rows, featureCount] : [featureCount]
        return [try Tensor(counts, shape: output).moved(to: input.device)]
    }

    private func frequencies(_ sequence: [Int]) -> [Float] {
        var counts = [Float](repeating: 0, count: featureCount)
        // Runs of one element skip nothing and are counted once.
        var shortest = least
        for distance in 1...(min(skips, sequence.count) + 1) where shortest <= greatest {
            for start in sequence.indices {
                var run: [Int] = []
                for place in stride(from: start, to: sequence.count, by: distance).prefix(greatest) {
                    run.append(sequence[place])
                    if run.count >= shortest, let feature = table[run] { counts[feature] += 1 }
                }
            }
            shortest = max(shortest, 2)
        }
        var factors = [Float](repeating: 1, count: featureCount)
        if let weights { for (feature, weight) in zip(features, weights) { factors[feature] = weight } }
        return zip(counts, factors).map { count, weight in
            switch mode {
            case .frequency: count
            case .inverse: count > 0 ? weight : 0
            case .both: count * weight
            }
        }
    }
}
