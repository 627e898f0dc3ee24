/// How packages name the layers of an inverted residual block.
enum MobileKeys {
    /// The layers of a block.
    struct Layers {
        let expansion: MobileBlock.Keys?
        let filter: MobileBlock.Keys
        let excitation: (String, String)
        let reduction: MobileBlock.Keys
    }

    /// timm's names: blocks without an expansion have another numbering.
    static func timm(_ stage: Int, _ index: Int, expands: Bool) -> Layers {
        let prefix = "blocks.\(stage).\(index)."
        func keys(_ convolution: String, _ number: Int) -> MobileBlock.Keys {
            MobileBlock.Keys(prefix + convolution, "\(prefix)bn\(number)")
        }
        let excitation = (prefix + "se.conv_reduce", prefix + "se.conv_expand")
        return expands
            ? Layers(
                expansion: keys("conv_pw", 1), filter: keys("conv_dw", 2), excitation: excitation,
                reduction: keys("conv_pwl", 3))
            : Layers(
                expansion: nil, filter: keys("conv_dw", 1), excitation: excitation,
                reduction: keys("conv_pw", 2))
    }

    /// The names of torchvision's newer networks: a list in which every layer is a pair.
    static func numbered(_ prefix: String, expands: Bool, excites: Bool) -> Layers {
        let first = expands ? 1 : 0
        func keys(_ number: Int) -> MobileBlock.Keys {
            MobileBlock.Keys("\(prefix)\(number).0", "\(prefix)\(number).1")
        }
        return Layers(
            expansion: expands ? keys(0) : nil, filter: keys(first),
            excitation: ("\(prefix)\(first + 1).fc1", "\(prefix)\(first + 1).fc2"),
            reduction: keys(first + (excites ? 2 : 1)))
    }

    /// Rounds a width to a multiple of 8 that is no more than a tenth smaller.
    static func rounded(_ width: Double) -> Int {
        let nearest = max(8, Int(width + 4) / 8 * 8)
        return Double(nearest) < 0.9 * width ? nearest + 8 : nearest
    }
}
