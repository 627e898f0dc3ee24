/// How bytes are normalised for a network: `(byte / 255 - mean) / deviation`, per channel, in float32.
public struct Normalisation: Hashable, Sendable, Codable {
    /// The mean of each channel, as a fraction of 255.
    public let mean: [Float]
    /// The standard deviation of each channel, as a fraction of 255.
    public let deviation: [Float]

    /// Makes a normalisation.
    ///
    /// - Throws: `DatasetError` unless both have one finite value per channel and deviations are positive.
    public init(mean: [Float], deviation: [Float]) throws {
        guard !mean.isEmpty, mean.count == deviation.count, mean.allSatisfy(\.isFinite),
            deviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw DatasetError.invalid(
                what: "normalisation", expected: "one finite mean and one positive deviation per channel",
                found: "\(mean) and \(deviation)")
        }
        self.init(uncheckedMean: mean, deviation: deviation)
    }

    private init(uncheckedMean mean: [Float], deviation: [Float]) {
        self.mean = mean
        self.deviation = deviation
    }

    /// The constants of ImageNet, which the reference uses for CIFAR too.
    public static let imageNet = Normalisation(
        uncheckedMean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

    /// The constants of ImageNet for 3 channels, or for the lightness alone; nil for other numbers of
    /// channels.
    public static func imageNet(channels: Int) -> Normalisation? {
        switch channels {
        case 1: Normalisation(uncheckedMean: [0.449], deviation: [0.226])
        case 3: imageNet
        default: nil
        }
    }

    /// The constants of the bundled digits: of the first 1,297 images, scaled to 0...255.
    public static let digits = Normalisation(uncheckedMean: [0.305940], deviation: [0.375377])

    /// The customary constants of MNIST: of its 60,000 training images of 28 x 28 pixels.
    public static let mnist = Normalisation(uncheckedMean: [0.1307], deviation: [0.3081])

    /// The normalised value of each byte, for each channel: `[channels * 256]`.
    func table() -> [Float] {
        zip(mean, deviation).flatMap { mean, deviation in
            (0..<256).map { (Float($0) / 255 - mean) / deviation }
        }
    }
}
