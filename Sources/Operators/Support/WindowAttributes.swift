internal import Graph

/// The attributes that convolutions and poolings share: kernel, strides, dilations and padding.
struct WindowAttributes: Hashable, Sendable {
    /// How padding is determined.
    enum AutomaticPadding: String, Sendable {
        /// By the `pads` attribute.
        case notSet = "NOTSET"
        /// So that the output has ceil(length / stride) positions, an odd one at the end.
        case sameUpper = "SAME_UPPER"
        /// The same with an odd one at the start.
        case sameLower = "SAME_LOWER"
        /// None.
        case valid = "VALID"
    }

    /// Larger lengths and steps are rejected.
    private static let limit = Int(Int32.max)

    /// The kernel's lengths; a convolution may take them from its weight.
    let kernel: [Int]?
    /// The steps of the window, 1 by default.
    let strides: [Int]?
    /// The distances between taps, 1 by default.
    let dilations: [Int]?
    /// All amounts before the axes, then all amounts after them, 0 by default.
    let pads: [Int]?
    /// How the padding is determined.
    let automatic: AutomaticPadding

    /// Parses and validates attributes.
    init(_ attributes: Attributes) throws(GraphError) {
        kernel = try Self.list("kernel_shape", attributes, minimum: 1)
        strides = try Self.list("strides", attributes, minimum: 1)
        dilations = try Self.list("dilations", attributes, minimum: 1)
        let name = try attributes.string("auto_pad", default: AutomaticPadding.notSet.rawValue)
        guard let automatic = AutomaticPadding(rawValue: name.isEmpty ? "NOTSET" : name) else {
            throw GraphError(
                "attribute auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID, got \(name)")
        }
        self.automatic = automatic
        // Exporters write pads beside auto_pad; the standard ignores them then.
        let pads = try Self.list("pads", attributes, minimum: 0)
        self.pads = automatic == .notSet ? pads : nil
        let ranks = Set([kernel, strides, dilations].compactMap { $0?.count })
        guard ranks.count <= 1 else {
            throw GraphError("attributes kernel_shape, strides and dilations must be of one length")
        }
        if let pads = self.pads {
            guard pads.count % 2 == 0, ranks.allSatisfy({ 2 * $0 == pads.count }) else {
                throw GraphError("attribute pads must have two amounts per spatial axis, got \(pads.count)")
            }
        }
    }

    private static func list(
        _ name: String, _ attributes: Attributes, minimum: Int
    ) throws(GraphError) -> [Int]? {
        guard let values = try attributes.integers(name), !values.isEmpty else { return nil }
        if let wrong = values.first(where: { $0 < minimum || $0 > limit }) {
            throw GraphError("attribute \(name) must be in \(minimum)...\(limit), got \(wrong)")
        }
        return values
    }

    /// Writes what differs from the defaults.
    func write(to attributes: inout Attributes) {
        if let kernel { attributes["kernel_shape"] = .integers(kernel) }
        if let strides, strides.contains(where: { $0 != 1 }) { attributes["strides"] = .integers(strides) }
        if let dilations, dilations.contains(where: { $0 != 1 }) {
            attributes["dilations"] = .integers(dilations)
        }
        if let pads, pads.contains(where: { $0 != 0 }) { attributes["pads"] = .integers(pads) }
        if automatic != .notSet { attributes["auto_pad"] = .string(automatic.rawValue) }
    }

    /// Returns the window for a kernel's lengths, which must match `kernel_shape` if that is given.
    func window(kernel lengths: [Int]) throws(GraphError) -> Window {
        if let kernel, kernel != lengths {
            throw GraphError("attribute kernel_shape is \(kernel), the weight has \(lengths)")
        }
        if let wrong = lengths.first(where: { $0 < 1 || $0 > Self.limit }) {
            throw GraphError("a kernel's lengths must be in 1...\(Self.limit), got \(wrong)")
        }
        for (name, list) in [("strides", strides), ("dilations", dilations)] {
            if let list, list.count != lengths.count {
                throw GraphError("attribute \(name) must have \(lengths.count) entries, got \(list.count)")
            }
        }
        if let pads, pads.count != 2 * lengths.count {
            throw GraphError("attribute pads must have \(2 * lengths.count) entries, got \(pads.count)")
        }
        let rank = lengths.count
        let ones = [Int](repeating: 1, count: rank)
        return Window(
            kernel: lengths, strides: strides ?? ones, dilations: dilations ?? ones,
            pads: (0..<rank).map { axis in
                pads.map { ($0[axis], $0[axis + rank]) } ?? (0, 0)
            }, automatic: automatic)
    }
}
