/// The height and the width of images in pixels.
public struct SpatialSize: Hashable, Sendable, CustomStringConvertible {
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int

    /// Makes a size; sizes that are too small for a network are rejected when the network is built.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// 32 x 32, as in CIFAR.
    public static let cifar = SpatialSize(height: 32, width: 32)

    /// 224 x 224, as networks for ImageNet expect it.
    public static let imageNet = SpatialSize(height: 224, width: 224)

    /// Written as "32x32".
    public var description: String { "\(height)x\(width)" }
}
