package import Graph
package import Torch

/// x + y with broadcasting.
package struct Add: BinaryOperator {
    package static let type = "Add"
    package static let role = MemberRole.bias
    package let legacyAxis: LegacyBroadcast

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        legacyAxis = try LegacyBroadcast(attributes, signature)
    }

    package static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor { try left.adding(right) }
}
