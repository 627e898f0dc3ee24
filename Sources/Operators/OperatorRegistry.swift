public import Graph

/// All operators that the system knows, by their type in the standard.
///
/// A new operator is one file and one line in this table.
public enum OperatorRegistry {
    private static let operators: [any Operator.Type] = [
        Add.self, AveragePool.self, BatchNormalization.self, Conv.self, Dropout.self, Flatten.self,
        Gemm.self, GlobalAveragePool.self, Identity.self, MaxPool.self, Relu.self, Reshape.self,
    ]

    private static let table: [String: any Operator.Type] = Dictionary(
        operators.map { (key($0.type, domain: $0.domain), $0) }
    ) { first, _ in first }

    /// The types of all operators, sorted.
    public static var types: [String] { operators.map { $0.type }.sorted() }

    /// Returns whether an operator of a type is known.
    public static func contains(_ type: String, domain: String = "") -> Bool {
        table[key(type, domain: domain)] != nil
    }

    /// Makes an operator from its attributes.
    ///
    /// - Parameters:
    ///   - type: The type in the standard, such as "Conv".
    ///   - domain: The operator's domain; "" and "ai.onnx" are the standard's own.
    ///   - attributes: The attributes; absent ones have the standard's default.
    ///   - inputCount: The number of inputs, absent ones included.
    ///   - outputCount: The number of outputs.
    ///   - operatorSet: The version of the standard in which the attributes are written.
    /// - Throws: `GraphError` for an unknown type or for attributes that do not fit, naming it.
    public static func make(
        _ type: String, domain: String = "", attributes: Attributes = [:], inputCount: Int,
        outputCount: Int = 1, operatorSet: Int = OperatorSignature.currentOperatorSet
    ) throws -> any Operator {
        guard let operatorType = table[key(type, domain: domain)] else {
            let place = isStandard(domain) ? "" : " of domain \(domain)"
            throw GraphError("unknown operator type \(type)\(place)")
        }
        let signature = OperatorSignature(
            operatorSet: operatorSet, inputCount: inputCount, outputCount: outputCount)
        do {
            return try operatorType.init(attributes: attributes, signature: signature)
        } catch let error as GraphError where error.node == nil {
            throw GraphError("\(type): \(error.message)")
        }
    }

    private static func isStandard(_ domain: String) -> Bool {
        domain.isEmpty || domain == "ai.onnx"
    }

    private static func key(_ type: String, domain: String) -> String {
        isStandard(domain) ? type : "\(domain)::\(type)"
    }
}
