package import Graph
internal import Registries

/// The operators with subgraphs, by their type.
package enum ControlRegistry {
    private static let registry = Registry<any ControlOperator.Type>(
        of: "operator",
        [
            ConcatFromSequence.self,
            FlexAttention.self,
            If.self,
            Loop.self,
            Scan.self,
            SequenceAt.self,
            SequenceConstruct.self,
            SequenceEmpty.self,
            SequenceErase.self,
            SequenceInsert.self,
            SequenceLength.self,
            SequenceMap.self,
            SplitToSequence.self,
        ]
    ) { OperatorRegistry.key($0.type, domain: $0.domain) }

    /// Returns whether an operator of a type is known.
    package static func contains(_ type: String, domain: String) -> Bool { find(type, domain) != nil }

    /// Makes an operator from its attributes and subgraphs.
    ///
    /// - Throws: `GraphError` for an unknown type or for attributes that do not fit, naming it.
    package static func make(
        _ type: String, domain: String, attributes: Attributes, subgraphs: [String: any Subgraph],
        capturedCount: Int, signature: OperatorSignature
    ) throws -> any ControlOperator {
        guard let operatorType = find(type, domain) else { throw GraphError("unknown operator type \(type)") }
        do {
            return try attributes.understood {
                try operatorType.init(
                    attributes: $0, subgraphs: subgraphs, capturedCount: capturedCount, signature: signature)
            }
        } catch let error as GraphError where error.node == nil {
            throw GraphError("\(type): \(error.message)")
        }
    }

    private static func find(_ type: String, _ domain: String) -> (any ControlOperator.Type)? {
        registry.find(OperatorRegistry.key(type, domain: domain))
    }
}
