internal import Foundation

/// A colour of the sRGB space.
package struct Color: Sendable, Hashable {
    /// Red, 0 ... 255.
    package let red: UInt8
    /// Green, 0 ... 255.
    package let green: UInt8
    /// Blue, 0 ... 255.
    package let blue: UInt8

    /// Makes a colour of its hexadecimal notation: 0x440154.
    package init(_ code: UInt32) {
        red = UInt8(truncatingIfNeeded: code >> 16)
        green = UInt8(truncatingIfNeeded: code >> 8)
        blue = UInt8(truncatingIfNeeded: code)
    }

    private init(_ red: Double, _ green: Double, _ blue: Double) {
        func byte(_ value: Double) -> UInt8 { UInt8(min(max(value.rounded(), 0), 255)) }
        (self.red, self.green, self.blue) = (byte(red), byte(green), byte(blue))
    }

    /// The colour as SVG writes it: #440154.
    package var code: String { String(format: "#%02x%02x%02x", red, green, blue) }

    /// Returns the colour that lies between this one and another.
    ///
    /// - Parameter share: 0 is this one, 1 the other.
    package func mixed(with other: Color, _ share: Double) -> Color {
        func mix(_ path: KeyPath<Color, UInt8>) -> Double {
            Double(self[keyPath: path]) * (1 - share) + Double(other[keyPath: path]) * share
        }
        return Color(mix(\.red), mix(\.green), mix(\.blue))
    }

    /// How bright it looks, 0 ... 1: 0.2126 R + 0.7152 G + 0.0722 B of the linear parts.
    package var luminance: Double {
        func linear(_ byte: UInt8) -> Double {
            let share = Double(byte) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// Black or white, whichever has the greater contrast on it: (L1 + 0.05) / (L2 + 0.05).
    package var inkOnTop: Color {
        let onWhite = 1.05 / (luminance + 0.05)
        let onBlack = (luminance + 0.05) / 0.05
        return onWhite > onBlack ? Color(0xFFFFFF) : Color(0x000000)
    }
}
