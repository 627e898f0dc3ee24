internal import Foundation
public import Torch

/// Synthetic sounds that vary as voices and instruments do, for networks that read samples of a signal.
///
/// A sound is the sum of a tone and of noise under an envelope. The tone has a random period of 20 to 400 samples and harmonics of
/// random phase below half the sampling rate, which four resonances at random frequencies amplify: g(f) = sum over resonances c of
/// 1 / (1 + ((f - c) / (0.006 + 0.06 c))^2), over the square root of the harmonic's number. One sound in four is noise alone. The
/// level varies over two decades below full scale.
/// Source: the source and filter model of speech, Fant, "Acoustic theory of speech production", 1960.
public struct SyntheticSounds: Sendable {
    private let length: Int
    private var generator: SplitMixGenerator

    private static let periods = 20.0...400.0
    private static let resonances = 0.01...0.25
    private static let levels = 0.01...1.0
    private static let greatestHarmonic = 64
    private static let knots = 5

    /// Prepares sounds of a number of samples.
    public init(length: Int, seed: UInt64) {
        self.length = length
        generator = SplitMixGenerator(seed: seed)
    }

    /// Returns a number of sounds. `[count, length]`, single precision, most values in -1 ... 1
    public mutating func sounds(_ count: Int) throws -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(count * length)
        for _ in 0..<count { values += sound() }
        return try Tensor(values, shape: [count, length])
    }

    private mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    /// A number whose logarithm is uniform.
    private mutating func spread(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound * pow(range.upperBound / range.lowerBound, uniform())
    }

    private mutating func sound() -> [Float] {
        var samples = [Double](repeating: 0, count: length)
        if uniform() < 0.75 { samples = tone() }
        let noise = spread(Self.levels)
        let envelope = (0..<Self.knots).map { _ in 0.1 + 0.9 * uniform() }
        let level = 0.5 * spread(Self.levels)
        let step = Double(Self.knots - 1) / Double(max(length - 1, 1))
        return samples.enumerated().map { index, sample in
            let place = Double(index) * step
            let knot = min(Int(place), Self.knots - 2)
            let share = place - Double(knot)
            let height = envelope[knot] * (1 - share) + envelope[knot + 1] * share
            // Three uniform numbers in -1 ... 1 have variance 1 together and are close to a normal one.
            let random = (0..<3).reduce(0) { sum, _ in sum + 2 * uniform() - 1 }
            return Float(level * height * (sample + noise * random))
        }
    }

    /// Harmonics of variance 1 together.
    private mutating func tone() -> [Double] {
        let base = 1 / spread(Self.periods)
        let centres = (0..<4).map { _ in spread(Self.resonances) }
        var samples = [Double](repeating: 0, count: length)
        var power = 0.0
        for harmonic in 1...max(1, min(Self.greatestHarmonic, Int(0.45 / base))) {
            let frequency = base * Double(harmonic)
            let gain =
                centres.reduce(0) {
                    let distance = (frequency - $1) / (0.006 + 0.06 * $1)
                    return $0 + 1 / (1 + distance * distance)
                } / Double(harmonic).squareRoot()
            power += gain * gain / 2
            // The oscillator x(t + 1) = 2 cos(w) x(t) - x(t - 1).
            let (phase, angle) = (2 * .pi * uniform(), 2 * .pi * frequency)
            var (before, now) = (gain * cos(phase - angle), gain * cos(phase))
            let factor = 2 * cos(angle)
            for index in samples.indices {
                samples[index] += now
                (before, now) = (now, factor * now - before)
            }
        }
        let scale = 1 / max(power, 1e-12).squareRoot()
        return samples.map { $0 * scale }
    }
}
