internal import Graph

/// The attributes of Resize and Upsample: how output positions map to the input, and how to interpolate
/// between pixels.
struct ResizeAttributes: Hashable, Sendable {
    /// The interpolation between pixels.
    enum Mode: String, Sendable {
        case nearest, linear, cubic
    }

    /// How an output position maps to the input.
    enum Coordinates: String, Sendable {
        case halfPixel = "half_pixel"
        case symmetricHalfPixel = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignedCorners = "align_corners"
        case asymmetric
        case nearestHalfPixel = "tf_half_pixel_for_nn"
        case cropped = "tf_crop_and_resize"
    }

    /// Which pixel is the nearest one.
    enum Rounding: String, Sendable {
        case halvesDown = "round_prefer_floor"
        case halvesUp = "round_prefer_ceil"
        case floor, ceil
    }

    /// How to handle sizes that would change the proportions of an image.
    enum AspectPolicy: String, Sendable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }

    let mode: Mode
    let coordinates: Coordinates
    let rounding: Rounding
    let aspect: AspectPolicy
    /// The cubic's coefficient.
    let cubicCoefficient: Float
    /// Whether pixels outside the input have no weight, instead of being copies of the border.
    let excludesOutside: Bool
    /// Whether the filter widens where the image shrinks.
    let antialiases: Bool
    /// The value outside the input, for a cropping region that reaches beyond it.
    let extrapolation: Float
    /// The axes that scales, sizes and regions apply to; nil is all.
    let axes: [Int]?

    /// Parses and validates attributes of Resize, from version 10 on.
    init(_ attributes: Attributes, _ signature: OperatorSignature) throws(GraphError) {
        mode = try Self.mode(attributes)
        // Version 10 resizes as Upsample does.
        let isPlain = signature.operatorSet < 11
        coordinates =
            isPlain
            ? .asymmetric : try Self.choice("coordinate_transformation_mode", attributes, .halfPixel)
        rounding = isPlain ? .floor : try Self.choice("nearest_mode", attributes, .halvesDown)
        aspect = isPlain ? .stretch : try Self.choice("keep_aspect_ratio_policy", attributes, .stretch)
        cubicCoefficient = isPlain ? -0.75 : try attributes.float("cubic_coeff_a", default: -0.75)
        excludesOutside = isPlain ? false : try attributes.integer("exclude_outside", default: 0) != 0
        antialiases = isPlain ? false : try attributes.integer("antialias", default: 0) != 0
        extrapolation = isPlain ? 0 : try attributes.float("extrapolation_value", default: 0)
        axes = isPlain ? nil : try attributes.integers("axes")
    }

    /// Parses attributes of Upsample.
    init(upsample attributes: Attributes) throws(GraphError) {
        mode = try Self.mode(attributes)
        (coordinates, rounding, aspect, axes) = (.asymmetric, .floor, .stretch, nil)
        (cubicCoefficient, excludesOutside, antialiases) = (-0.75, false, false)
        extrapolation = 0
    }

    private static func mode(_ attributes: Attributes) throws(GraphError) -> Mode {
        let name = try attributes.string("mode", default: "nearest")
        // An old name for the same mode.
        guard let mode = Mode(rawValue: name == "bilinear" ? "linear" : name) else {
            throw GraphError("attribute mode must be nearest, linear or cubic, got \(name)")
        }
        return mode
    }

    private static func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ attributes: Attributes, _ fallback: Choice
    ) throws(GraphError) -> Choice {
        let value = try attributes.string(name, default: fallback.rawValue)
        guard let choice = Choice(rawValue: value) else {
            throw GraphError("attribute \(name) is \(value), which is not supported")
        }
        return choice
    }

    /// What differs from the defaults of a version.
    func attributes(isPlain: Bool) -> Attributes {
        var result: Attributes = [:]
        if mode != .nearest { result["mode"] = .string(mode.rawValue) }
        guard !isPlain else { return result }
        if coordinates != .halfPixel {
            result["coordinate_transformation_mode"] = .string(coordinates.rawValue)
        }
        if rounding != .halvesDown { result["nearest_mode"] = .string(rounding.rawValue) }
        if aspect != .stretch { result["keep_aspect_ratio_policy"] = .string(aspect.rawValue) }
        if cubicCoefficient != -0.75 { result["cubic_coeff_a"] = .float(cubicCoefficient) }
        if excludesOutside { result["exclude_outside"] = .integer(1) }
        if antialiases { result["antialias"] = .integer(1) }
        if extrapolation != 0 { result["extrapolation_value"] = .float(extrapolation) }
        if let axes { result["axes"] = .integers(axes) }
        return result
    }
}
