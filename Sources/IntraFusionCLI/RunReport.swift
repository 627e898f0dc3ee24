import Foundation
import IntraFusion

/// What `run` prints.
struct RunReport: Encodable {
    /// One output.
    struct Output: Encodable {
        let name: String
        let shape: [Int]
        let least: Double
        let greatest: Double
        let isFinite: Bool
    }

    let file: String
    let seconds: Double
    let outputs: [Output]

    init(file: String, seconds: Double, outputs: [(name: String, tensor: Tensor)]) throws {
        self.file = file
        self.seconds = seconds
        self.outputs = try outputs.map { name, tensor in
            let values = try tensor.doubles()
            return Output(
                name: name, shape: tensor.shape, least: values.min() ?? 0, greatest: values.max() ?? 0,
                isFinite: values.allSatisfy(\.isFinite))
        }
    }

    /// The report for people.
    var text: String {
        var table = TextTable(header: ["output", "shape", "least", "greatest"])
        for output in outputs {
            table.add([
                output.name, output.shape.map(String.init).joined(separator: "x"), "\(output.least)",
                "\(output.greatest)",
            ])
        }
        return "\(file): \(String(format: "%.3f", seconds)) s\n\n\(table.text(leading: [0]))"
    }
}
