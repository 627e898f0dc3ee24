public import Analysis
public import Coupling
internal import Foundation
public import Graph
internal import OptimalTransport
internal import Torch

/// Another basis for the channels of one linear space: `h' = A h` changes nothing in what the network computes.
public struct BasisChange: Sendable, Equatable, Codable {
    /// The channels on an axis of a parameter.
    public struct Lanes: Sendable, Equatable, Codable {
        /// The axis.
        public let member: MemberReference
        /// The position of each channel.
        public let positions: [Int]
        /// Whether it is multiplied by A^-T instead of A.
        public let isInverse: Bool
    }

    /// All parameters of the space.
    public let lanes: [Lanes]
    /// A `[n, n]` in row-major order.
    public let matrix: [Double]
    /// The share of what readers see of the space that each new channel brings. `[n]`
    public let shares: [Double]

    /// Changes the basis of a space.
    package init(_ space: LinearSpace, matrix: [Double], shares: [Double]) {
        lanes = space.lanes.map {
            Lanes(
                member: MemberReference($0.member), positions: $0.member.positions.map { $0[0] },
                isInverse: $0.isInverse)
        }
        self.matrix = matrix
        self.shares = shares
    }

    /// The number of channels.
    public var width: Int { shares.count }

    private enum CodingKeys: String, CodingKey {
        case lanes, matrix, shares
    }

    /// Reads a change, the matrix from the bytes of its numbers.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        lanes = try values.decode([Lanes].self, forKey: .lanes)
        shares = try values.decode([Double].self, forKey: .shares)
        let bytes = try values.decode(Data.self, forKey: .matrix)
        let (count, overflows) = shares.count.multipliedReportingOverflow(by: shares.count)
        guard !overflows, count > 0, let numbers = NumberBytes.decoded(bytes, count: count) else {
            throw CompressionError("a basis of \(shares.count) channels has \(bytes.count) bytes")
        }
        matrix = numbers
        guard matrix.allSatisfy(\.isFinite), shares.allSatisfy({ $0.isFinite }) else {
            throw CompressionError("a basis has numbers that are not finite")
        }
    }

    /// Writes a change, the matrix as the bytes of its numbers, lowest first.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(lanes, forKey: .lanes)
        try values.encode(shares, forKey: .shares)
        try values.encode(NumberBytes.encoded(matrix), forKey: .matrix)
    }
}

extension AnalysedNetwork {
    /// Returns the graph after changes of bases, which computes the same.
    ///
    /// - Throws: `CompressionError` if a change does not fit the network, or cannot be undone.
    public func changing(_ bases: [BasisChange]) throws -> Graph {
        let members = Dictionary(
            coupling.groups.flatMap(\.members).map { (MemberReference($0), $0) },
            uniquingKeysWith: { first, _ in first })
        var parts: [ParameterAxis: [AxisMixing.Part]] = [:]
        var order: [ParameterAxis] = []
        var taken: [ParameterAxis: Set<Int>] = [:]
        for basis in bases {
            let n = basis.width
            let forward = try Tensor(basis.matrix, shape: [n, n])
            // A^-T = A (A^T A)^-1
            let gram = try forward.transposed().matrixMultiplied(by: forward)
            let backward = try gram.solvedAsPositiveDefinite(forward.transposed()).transposed()
            guard try backward.isFinite() else { throw CompressionError("a basis cannot be undone") }
            let matrices = try [forward, backward].map {
                try SparseMatrix(dense: $0.doubles(), rows: n, columns: n)
            }
            for lanes in basis.lanes {
                guard let member = members[lanes.member], lanes.positions.count == n,
                    Set(lanes.positions).count == n,
                    lanes.positions.allSatisfy(graph[member.parameter].type.shape[member.axis].isAfter)
                else { throw CompressionError("a basis does not fit \(lanes.member)") }
                let key = ParameterAxis(parameter: member.parameter, axis: member.axis)
                guard taken[key, default: []].isDisjoint(with: lanes.positions) else {
                    throw CompressionError("two bases are for the same positions of \(lanes.member)")
                }
                taken[key, default: []].formUnion(lanes.positions)
                if parts[key] == nil { order.append(key) }
                parts[key, default: []].append(
                    AxisMixing.Part(
                        positions: lanes.positions.map { [$0] }, kept: Array(0..<n),
                        matrix: matrices[lanes.isInverse ? 1 : 0]))
            }
        }
        var tensors: [ValueID: Tensor] = [:]
        for key in order {
            guard let tensor = tensors[key.parameter] ?? graph[key.parameter].tensor else { continue }
            let mixing = AxisMixing(length: tensor.shape[key.axis], parts: parts[key] ?? [])
            tensors[key.parameter] = try mixing.applied(to: tensor, axis: key.axis)
        }
        return try graph.replacing(parameters: tensors)
    }
}

extension Int {
    /// Whether a position lies before this one, and not before 0.
    fileprivate func isAfter(_ position: Int) -> Bool { (0..<self).contains(position) }
}
