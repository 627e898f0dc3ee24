/// The limits on the widths of compressed groups.
public struct WidthLimits: Sendable, Hashable, Codable {
    /// Kept widths are rounded up to multiples of this; a group without a smaller multiple stays whole. nil
    /// is what runtimes' kernels are fast at: 8, but 4 for groups of less than 64 channels and 1 for those of
    /// less than 16.
    public let multiple: Int?
    /// No group becomes narrower than this; a narrower one stays whole.
    public let minimum: Int
    /// The largest share of its channels that a group may lose; nil leaves it to the allocation.
    public let maximumSparsity: Double?

    /// Validates limits.
    ///
    /// - Throws: `CompressionError` for numbers below one, or a share outside (0, 1].
    public init(multiple: Int? = 1, minimum: Int = 1, maximumSparsity: Double? = nil) throws {
        if let multiple, multiple < 1 {
            throw CompressionError("widths must be rounded to a multiple of at least 1, got \(multiple)")
        }
        guard minimum >= 1 else {
            throw CompressionError("the minimum width of a group must be at least 1, got \(minimum)")
        }
        if let maximumSparsity, !(maximumSparsity > 0 && maximumSparsity <= 1) {
            throw CompressionError(
                "the maximum sparsity of a group must be in (0, 1], got \(maximumSparsity)")
        }
        self.multiple = multiple
        self.minimum = minimum
        self.maximumSparsity = maximumSparsity
    }

    /// Returns the number that a group's widths are multiples of.
    ///
    /// - Parameter width: The group's width before any compression.
    public func multiple(of width: Int) -> Int {
        multiple ?? (width < 16 ? 1 : width < 64 ? 4 : 8)
    }

    /// Returns the smallest width that a group may get.
    ///
    /// - Parameters:
    ///   - width: The group's width before any compression.
    ///   - greatest: The largest share that it may lose if no limit is given.
    public func least(of width: Int, greatest: Double = 1) -> Int {
        // Rounding in the product must not cost a channel.
        let share = Double(width) * (1 - (maximumSparsity ?? greatest)) - 1e-9
        return rounded(max(1, minimum, Int(share.rounded(.up))), of: width)
    }

    /// Returns the nearest allowed width: the next multiple that is not smaller, but at most all channels.
    public func rounded(_ kept: Int, of width: Int) -> Int {
        guard kept < width else { return width }
        let multiple = multiple(of: width)
        let (units, rest) = max(kept, 1).quotientAndRemainder(dividingBy: multiple)
        let (next, overflow) = (units + (rest > 0 ? 1 : 0)).multipliedReportingOverflow(by: multiple)
        return overflow ? width : min(width, next)
    }

    private enum CodingKeys: String, CodingKey {
        case multiple, minimum, maximumSparsity
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            multiple: container.decodeIfPresent(Int.self, forKey: .multiple),
            minimum: container.decode(Int.self, forKey: .minimum),
            maximumSparsity: container.decodeIfPresent(Double.self, forKey: .maximumSparsity))
    }
}
