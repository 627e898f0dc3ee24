import Foundation
import Testing
import Torch

/// What PyTorch computed, as `Fixtures/make_fixtures.py` wrote it.
struct Golden: Decodable, Sendable {
    /// A tensor in row-major order.
    struct Array: Decodable, Sendable {
        let shape: [Int]
        let values: [Double]

        func tensor() throws -> Tensor { try Tensor(values, shape: shape) }
    }

    /// The inputs and the result of one operation.
    struct Case: Decodable, Sendable {
        let inputs: [Array]
        let expected: Array
    }

    /// Steps of gradient descent with given gradients.
    struct Descent: Decodable, Sendable {
        struct Step: Decodable, Sendable {
            let rate: Double
            let gradients: [Array]
            let parameters: [Array]
        }

        let momentum: Double
        let weightDecay: Double
        let nesterov: Bool
        let start: [Array]
        let steps: [Step]
    }

    /// The rates of a one-cycle schedule.
    struct OneCycle: Decodable, Sendable {
        let total: Int
        let warmUp: Double
        let peak: Double
        let rates: [Double]
    }

    /// The rates of a schedule that drops at milestones.
    struct MultiStep: Decodable, Sendable {
        let total: Int
        let milestones: [Int]
        let factor: Double
        let peak: Double
        let rates: [Double]
    }

    let cases: [String: Case]
    let descents: [Descent]
    let oneCycle: [OneCycle]
    let multiStep: MultiStep

    /// Both sides compute in double precision; only the order of sums may differ.
    static let tolerance = 1e-11

    static func load() throws -> Golden {
        let file = try #require(
            Bundle.module.url(forResource: "golden", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }
}

/// Expects a tensor to have a shape and, up to a relative tolerance, values.
func expect(
    _ tensor: Tensor, equals expected: Golden.Array, tolerance: Double = Golden.tolerance,
    _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation
) throws {
    #expect(tensor.shape == expected.shape, comment, sourceLocation: location)
    let values = try tensor.doubles()
    try #require(values.count == expected.values.count, comment, sourceLocation: location)
    let worst = zip(values, expected.values).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= tolerance, comment, sourceLocation: location)
}

/// Expects a tensor to have a shape and exactly the given values.
func expect(
    _ tensor: Tensor, _ shape: [Int], _ values: [Double], at location: SourceLocation = #_sourceLocation
) throws {
    #expect(tensor.shape == shape, sourceLocation: location)
    #expect(try tensor.doubles() == values, sourceLocation: location)
}

/// Expects a call to throw a `TorchError` whose message holds a text.
func expectFailure<Result>(
    mentioning text: String, at location: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) {
    let error = #expect(throws: TorchError.self, sourceLocation: location) { _ = try body() }
    let message = error?.message ?? ""
    #expect(message.localizedCaseInsensitiveContains(text), "\(message)", sourceLocation: location)
}
