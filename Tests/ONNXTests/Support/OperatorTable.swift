import Graph
import Operators

/// Makes operators for graphs that tests build by hand.
enum OperatorTable {
    static func make(_ type: String, _ attributes: Attributes = [:], inputs: Int = 2) throws -> any Operator {
        try OperatorRegistry.make(type, attributes: attributes, inputCount: inputs)
    }
}
