import Foundation
import Graph
import Torch

/// The cases of `Fixtures/operator_goldens.json` and `further_goldens.json`, whose outputs other implementations computed.
enum OperatorGoldens {
    /// The cases, none where the file cannot be read (a test says so).
    static let cases: [OperatorCase] = ["operator_goldens", "further_goldens"].flatMap {
        (try? read($0)) ?? []
    }

    private static func read(_ name: String) throws -> [OperatorCase] {
        let file = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json")
        guard let file else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file)).map { entry in
            OperatorCase(
                type: entry.type, name: "golden: \(entry.name)",
                attributes: Attributes(entry.attributes.mapValues(\.value)),
                inputs: entry.inputs.map { $0?.specification ?? .absent }, outputCount: entry.outputs.count,
                operatorSet: entry.opset, domain: entry.domain ?? "", statisticsAxes: entry.statisticsAxes,
                expected: entry.outputs.map(\.specification))
        }
    }

    private struct Entry: Decodable {
        let name: String
        let type: String
        let domain: String?
        let opset: Int
        let attributes: [String: AttributeEntry]
        let inputs: [TensorEntry?]
        let outputs: [TensorEntry]

        /// The axes of the first input over which a normalisation takes statistics.
        var statisticsAxes: [Int] {
            let rank = inputs.first??.rank ?? 0
            switch type {
            case "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization":
                guard case .integer(let axis)? = attributes["axis"]?.value else { return [rank - 1] }
                return Array((axis < 0 ? axis + rank : axis)..<rank)
            case "GroupNormalization": return [1]
            case "InstanceNormalization": return Array(2..<max(rank, 2))
            case "SkipLayerNormalization", "SkipSimplifiedLayerNormalization": return [rank - 1]
            case "DynamicQuantizeLinear", "DynamicQuantizeMatMul": return Array(0..<rank)
            case "ReduceMean", "ReduceMax", "ReduceMin": return Array(0..<rank)
            default: return []
            }
        }
    }

    private struct AttributeEntry: Decodable {
        let value: AttributeValue

        private enum Key: String, CodingKey {
            case integer, float, string, integers, floats, strings, tensor
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            if let value = try container.decodeIfPresent(Int.self, forKey: .integer) {
                self.value = .integer(value)
            } else if let value = try container.decodeIfPresent(Float.self, forKey: .float) {
                self.value = .float(value)
            } else if let value = try container.decodeIfPresent(String.self, forKey: .string) {
                self.value = .string(value)
            } else if let value = try container.decodeIfPresent([Float].self, forKey: .floats) {
                self.value = .floats(value)
            } else if let value = try container.decodeIfPresent([String].self, forKey: .strings) {
                self.value = .strings(value)
            } else if let entry = try container.decodeIfPresent(TensorEntry.self, forKey: .tensor),
                let tensor = try entry.specification.tensor(seed: 0)
            {
                self.value = .tensor(tensor)
            } else {
                value = .integers(try container.decode([Int].self, forKey: .integers))
            }
        }
    }

    private struct TensorEntry: Decodable {
        let specification: InputSpecification
        let rank: Int

        private enum Key: String, CodingKey {
            case type, shape, data
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            let shape = try container.decode([Int].self, forKey: .shape)
            rank = shape.count
            let integers = { try container.decode([Int].self, forKey: .data) }
            switch try container.decode(String.self, forKey: .type) {
            case "int64": specification = .integers(try integers(), shape)
            case "int32": specification = .typed(try integers(), shape, .int32)
            case "int16": specification = .typed(try integers(), shape, .int16)
            case "int8": specification = .typed(try integers(), shape, .int8)
            case "uint8": specification = .typed(try integers(), shape, .uint8)
            case "bool": specification = .booleans(try integers(), shape)
            default:
                // JSON has no infinity and no NaN.
                let values = try container.decode([Float?].self, forKey: .data)
                specification = .floats(values.map { $0 ?? .nan }, shape)
            }
        }
    }
}
