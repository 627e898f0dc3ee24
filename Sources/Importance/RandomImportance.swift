internal import Coupling
internal import Graph
internal import Torch

/// Uniform random scores in [0, 1) that depend on the seed and on the group's first producer only.
public struct RandomImportance: ImportanceCriterion {
    public static let name = "random"
    public static let summary = "uniform random scores from the seed"

    private let seed: UInt64

    public init(options: ImportanceOptions) {
        seed = options.seed
    }

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        // FNV-1a of the name: the hash of the standard library changes with every run.
        let name = context.group.members(.producer).first?.name ?? ""
        let key = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let draws = try Tensor(random: .uniform, shape: [context.group.width], seed: seed ^ key)
        return [try draws.doubles()]
    }
}
