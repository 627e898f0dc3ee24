internal import Coupling
internal import Graph
internal import Torch

/// Uniform random scores in [0, 1) that depend only on the seed and the group's first producer.
public struct RandomImportance: ImportanceCriterion {
    public static let name = "random"
    public static let summary = "uniform random scores, from the seed"
    public static let usesSeed = true

    private let seed: UInt64

    public init(options: ImportanceOptions) {
        seed = options.seed
    }

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let name = context.group.members(.producer).first?.name ?? ""
        let draws = try Tensor(random: .uniform, shape: [context.group.width], seed: seed.seed(for: name))
        return [try draws.doubles()]
    }
}
