/// Colours for numbers, mixed between fixed ones that are equally far apart.
package struct ColorMap: Sendable, Equatable {
    private let anchors: [Color]

    private init(_ codes: [UInt32]) {
        anchors = codes.map { Color($0) }
    }

    /// From dark violet to yellow, ever brighter: matplotlib's viridis, which colour-blind people read too.
    package static let sequential = ColorMap([
        0x440154, 0x482576, 0x414487, 0x35608D, 0x2A788E, 0x21908C, 0x22A884, 0x43BF71, 0x7AD151, 0xBBDF27,
        0xFDE725,
    ])

    /// From red over a light grey to blue: ColorBrewer's RdBu, which colour-blind people read too.
    package static let diverging = ColorMap([
        0x67001F, 0xB2182B, 0xD6604D, 0xF4A582, 0xFDDBC7, 0xF7F7F7, 0xD1E5F0, 0x92C5DE, 0x4393C3, 0x2166AC,
        0x053061,
    ])

    /// Returns the colour at a share of the way, which is limited to 0 ... 1.
    package func color(at share: Double) -> Color {
        let place = (share.isNaN ? 0 : min(max(share, 0), 1)) * Double(anchors.count - 1)
        let below = min(Int(place), anchors.count - 2)
        return anchors[below].mixed(with: anchors[below + 1], place - Double(below))
    }
}
