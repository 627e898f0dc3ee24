/// The shape `[channels, height, width]` of an image.
public struct ImageSize: Hashable, Sendable, Codable {
    /// The number of channels: 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int

    /// Makes a size.
    ///
    /// - Throws: `DatasetError` unless every length is in 1...65536.
    public init(channels: Int, height: Int, width: Int) throws {
        for length in [channels, height, width] where !(1...65536).contains(length) {
            throw DatasetError.invalid(
                what: "image size", expected: "lengths in 1...65536",
                found: "[\(channels), \(height), \(width)]")
        }
        self.init(uncheckedChannels: channels, height: height, width: width)
    }

    private init(uncheckedChannels channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Three channels of 32 x 32 pixels.
    public static let cifar = ImageSize(uncheckedChannels: 3, height: 32, width: 32)
    /// One channel of 32 x 32 pixels.
    public static let grey32 = ImageSize(uncheckedChannels: 1, height: 32, width: 32)

    /// The number of pixels of one channel.
    public var area: Int { height * width }
    /// The number of values: channels x height x width.
    public var count: Int { channels * area }
}
