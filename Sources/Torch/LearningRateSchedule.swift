internal import Foundation

/// How the learning rate changes over the steps of a training.
public enum LearningRateSchedule: Sendable, Hashable, Codable {
    /// The same rate at every step.
    case constant
    /// The rate times `factor` after each of the given fractions of the training.
    case step(milestones: [Double], factor: Double)
    /// Cosine from peak / 25 up to the peak during the first `warmUp` of the steps, then down to peak / 250,000.
    ///
    /// Source: Smith and Topin, "Super-convergence", 2019, with PyTorch's default divisors.
    case oneCycle(warmUp: Double)

    /// Returns the rate at a step of `total`, where `peak` is the requested rate.
    public func rate(peak: Double, step: Int, total: Int) -> Double {
        let fraction = Double(step) / Double(max(total, 1))
        switch self {
        case .constant:
            return peak
        case .step(let milestones, let factor):
            return milestones.reduce(peak) { fraction >= $1 ? $0 * factor : $0 }
        case .oneCycle(let warmUp):
            let start = peak / 25
            let end = start / 10_000
            let last = Double(max(total - 1, 1))
            let top = max(warmUp * Double(total) - 1, 0)
            let position = Double(step)
            if position <= top, top > 0 {
                return Self.cosine(from: start, to: peak, at: position / top)
            }
            return Self.cosine(from: peak, to: end, at: min(1, (position - top) / max(last - top, 1e-12)))
        }
    }

    private static func cosine(from start: Double, to end: Double, at fraction: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * fraction))
    }
}
