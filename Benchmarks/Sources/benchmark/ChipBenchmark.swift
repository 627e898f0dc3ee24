import ArgumentParser
import Foundation
import IntraFusion

/// Times the losses of nuclear norm that chip needs against one decomposition per channel, as its authors compute them.
struct ChipBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chip", abstract: "Losses of nuclear norm beside one decomposition per channel.")

    @OptionGroup var peer: PeerOptions

    /// Rectified noise of the size of a layer's feature maps.
    private struct Maps {
        let images: Int
        let channels: Int
        let pixels: Int

        var name: String { "\(images)x\(channels)x\(pixels)" }

        func tensor() throws -> Tensor {
            try Tensor(random: .normal, shape: [images, channels, pixels], seed: UInt64(channels + pixels))
                .applying(.relu)
        }
    }

    private static let sizes = [
        Maps(images: 8, channels: 64, pixels: 1024), Maps(images: 8, channels: 128, pixels: 256),
        Maps(images: 4, channels: 256, pixels: 64), Maps(images: 4, channels: 512, pixels: 16),
        Maps(images: 1, channels: 512, pixels: 196),
    ]

    func run() throws {
        var ours = Self.sizes.map { _ in [Double]() }
        var theirs = ours
        var differences = Self.sizes.map { _ in 0.0 }
        try peer.withPeer { folder, other in
            for round in 0..<peer.rounds {
                for (index, size) in Self.sizes.enumerated() {
                    let maps = try size.tensor()
                    let channels = (0..<size.channels).map { [$0] }
                    var losses: [Double] = []
                    ours[index].append(
                        try Stopwatch.median(3) {
                            losses = try NuclearNormLoss.sums(maps, channels: channels)
                        }
                    )
                    guard let other else { continue }
                    if round == 0 {
                        try Peer.write(
                            size.images * size.channels, size.pixels, maps.floats(),
                            to: folder.appendingPathComponent("\(size.name).maps"))
                    }
                    let result = try other.run("chip", [size.name], settings: ["\(size.channels)"])
                    guard let found = result[size.name] else { continue }
                    theirs[index] += [found["seconds"]].compactMap { $0 }
                    let expected = (0..<size.channels).map { found["\($0)"] ?? 0 }
                    let largest = expected.max() ?? 1
                    differences[index] =
                        zip(losses, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
                }
            }
        }
        print("images_x_channels_x_pixels,ours_ms,naive_ms,ratio,largest_relative_difference")
        for (index, size) in Self.sizes.enumerated() {
            print(
                ([size.name] + Stopwatch.columns(ours[index], theirs[index])
                    + [theirs[index].isEmpty ? "" : String(format: "%.1e", differences[index])]).joined(
                        separator: ","))
        }
    }
}
