/// Reads images that are not kept in memory.
protocol ImageReader: Sendable {
    /// Returns the bytes `[channels, height, width]` of an image.
    ///
    /// - Throws: `DatasetError` naming the file and what is wrong with it.
    func image(at index: Int) throws -> [UInt8]

    /// Distinguishes two sets of images.
    func checksum() throws -> String

    /// Returns a reader of the first images only.
    func prefix(_ count: Int) -> Self
}
