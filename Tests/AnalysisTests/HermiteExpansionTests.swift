import Analysis
import Foundation
import Testing
import Torch

@Suite("Hermite expansions")
struct HermiteExpansionTests {
    private let mean: [Double] = [-3, -1, -0.2, 0, 0.4, 1.5, 4]
    private let deviation: [Double] = [1, 0.5, 2, 1, 0.1, 3, 1]

    private func expansion(_ function: HermiteExpansion.Function) throws -> HermiteExpansion {
        try HermiteExpansion(function, mean: Tensor(mean), deviation: Tensor(deviation))
    }

    /// The closed form and the integral share nothing but the definition.
    @Test("the rectifier's closed form is what integration gives")
    func rectifier() throws {
        let closed = try expansion(.rectification)
        let integrated = try expansion(.other { try $0.applying(.relu) })
        #expect(closed.coefficients.count == HermiteExpansion.order + 1)
        for (first, second) in zip(
            [closed.mean] + closed.coefficients, [integrated.mean] + integrated.coefficients)
        {
            for (a, b) in zip(try first.doubles(), try second.doubles()) {
                // The kink costs the integral some digits.
                #expect(abs(a - b) < 2e-3, "\(a) \(b)")
            }
        }
    }

    @Test("a polynomial has the coefficients of its expansion by hand")
    func polynomial() throws {
        // f(x) = x^2 around mu with sigma: c_0 = mu^2 + sigma^2, c_1 = 2 mu sigma, c_2 = sqrt(2) sigma^2, no others.
        let found = try expansion(.other { try $0.multiplied(by: $0) })
        for (channel, (mu, sigma)) in zip(mean, deviation).enumerated() {
            let expected = [2 * mu * sigma, 2.0.squareRoot() * sigma * sigma]
            #expect(abs(try found.mean.doubles()[channel] - (mu * mu + sigma * sigma)) < 1e-9)
            for (k, coefficient) in found.coefficients.enumerated() {
                let value = try coefficient.doubles()[channel]
                #expect(abs(value - (k < 2 ? expected[k] : 0)) < 1e-5 * max(1, sigma * sigma), "c_\(k + 1)")
            }
        }
    }

    @Test("moments behind a rectifier that a channel hardly passes are nothing or normal numbers")
    func vanishing() throws {
        let mean = stride(from: -45.0, through: 45, by: 0.75).map { $0 }
        let identity = try Tensor.identity(mean.count)
        let joined = try identity.adding(Tensor(repeating: 0.5, shape: [1], type: .float64))
        let found = try JointMoments(mean: Tensor(mean), covariance: joined, merging: nil)
            .transformed(by: .rectification)
        for value in try found.covariance.doubles() { #expect(value == 0 || value.isNormal) }
        let variances = try found.covariance.diagonal().doubles()
        #expect(variances.first == 0)
        #expect(try abs((variances.last ?? 0) - joined.diagonal().doubles()[0]) < 1e-9)
    }

    @Test("the joint moments behind a rectifier are those of many draws")
    func draws() throws {
        let factor = try Tensor([1, 0.6, -0.4, 0, 0.8, 0.5, 0, 0, 0.7] as [Double], shape: [3, 3])
        let shift: [Double] = [0.3, -0.5, 0.1]
        let before = try JointMoments(
            mean: Tensor(shift), covariance: factor.matrixMultiplied(by: factor.transposed()), merging: nil)
        let after = try before.transformed(by: .rectification)
        let count = 400_000
        let noise = try Tensor(random: .normal, shape: [count, 3], seed: 4).converted(to: .float64)
        let values = try noise.matrixMultiplied(by: factor.transposed()).adding(Tensor(shift)).applying(.relu)
        let mean = try values.reduced(.mean, axes: [0])
        let centred = try values.subtracting(mean)
        let covariance = try centred.transposed().matrixMultiplied(by: centred)
            .applying(.multiplied(1 / Double(count)))
        for (a, b) in zip(try after.mean.doubles(), try mean.doubles()) { #expect(abs(a - b) < 5e-3) }
        for (a, b) in zip(try after.covariance.doubles(), try covariance.doubles()) {
            #expect(abs(a - b) < 1e-2)
        }
    }
}
