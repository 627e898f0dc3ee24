internal import Foundation

/// How the way to the goal is divided into steps.
public enum PruningSchedule: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Every step removes the same share of the original channels.
    case linear
    /// Every step keeps the same share of what the previous one left.
    case geometric
    /// The sparsity after each step; if the goal differs from the last one, all are scaled.
    case shares([Double])

    /// The forms that `init(parsing:)` reads, each with one line about what it does.
    public static let forms = [
        (name: "linear", summary: "every step removes as many of the channels there were at first"),
        (name: "geometric", summary: "every step leaves the same share of what the step before left"),
        (name: "0.1,0.3,0.5", summary: "the sparsities after each step"),
    ]

    /// Reads `linear`, `geometric`, or ascending sparsities separated by commas.
    ///
    /// - Throws: `PruningError` saying what is wrong with the text.
    public init(parsing text: String) throws {
        switch text {
        case "linear": self = .linear
        case "geometric": self = .geometric
        default:
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Double($0.trimmingPrefix { $0 == " " }) }
            guard numbers.count == parts.count else {
                throw PruningError(
                    "a schedule is linear, geometric, or sparsities such as 0.1,0.3,0.5, got \(text)")
            }
            guard numbers.allSatisfy({ $0 > 0 && $0 < 1 }),
                zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                throw PruningError("the sparsities of a schedule must ascend within (0, 1), got \(text)")
            }
            self = .shares(numbers)
        }
    }

    /// The sparsity after the last step, if the schedule states it.
    public var lastSparsity: Double? {
        if case .shares(let shares) = self { shares.last } else { nil }
    }

    /// The number of steps, if the schedule states it.
    public var stepCount: Int? {
        if case .shares(let shares) = self { shares.count } else { nil }
    }

    /// Returns the sparsity after a step, counted from 1, towards a goal.
    public func sparsity(_ goal: Double, step: Int, of count: Int) -> Double {
        guard step < count else { return goal }
        switch self {
        case .linear: return goal * Double(step) / Double(count)
        case .geometric: return 1 - pow(1 - goal, Double(step) / Double(count))
        case .shares(let shares):
            guard let last = shares.last, shares.indices.contains(step - 1) else { return goal }
            return goal * shares[step - 1] / last
        }
    }

    /// Returns the share of a cost that is allowed after a step, towards a share.
    public func share(_ goal: Double, step: Int, of count: Int) -> Double {
        step < count ? 1 - sparsity(1 - min(goal, 1), step: step, of: count) : goal
    }

    public var description: String {
        switch self {
        case .linear: "linear"
        case .geometric: "geometric"
        case .shares(let shares): shares.map { "\($0)" }.joined(separator: ",")
        }
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
