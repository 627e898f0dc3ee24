/// What becomes of image files that have any size: the form in which a network takes them.
public struct ImageForm: Hashable, Sendable {
    /// The size; nil where it is not known, as for data sets whose images have one.
    public var size: ImageSize?
    /// The length that the shorter side is resized to before the middle is cut out; nil is what just covers the size.
    public var resizedSide: Int?
    /// How bytes become what the network is given, where it is not as is customary for the data set.
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
