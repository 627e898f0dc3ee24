/// The form in which a network takes image files of any size.
public struct ImageForm: Hashable, Sendable {
    /// The size; nil if unknown, as for data sets with a fixed size.
    public var size: ImageSize?
    /// The length to resize the shorter side to before cropping; nil just covers the size.
    public var resizedSide: Int?
    /// How bytes are normalised, if not as usual for the data set.
    public var normalisation: Normalisation?

    /// Names a form.
    ///
    /// - Throws: `DatasetError` for a side outside of 1...65536.
    public init(size: ImageSize? = nil, resizedSide: Int? = nil, normalisation: Normalisation? = nil) throws {
        if let resizedSide, !(1...65536).contains(resizedSide) {
            throw DatasetError.invalid(
                what: "the side to which images are resized", expected: "1...65536", found: "\(resizedSide)")
        }
        self.size = size
        self.resizedSide = resizedSide
        self.normalisation = normalisation
    }

    private init() {}

    /// Nothing is known.
    public static let unknown = ImageForm()
}
