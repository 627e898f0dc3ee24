import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Datasets in IDX files")
struct IDXTests {
    private let bundled = SharedFiles.packageFolder.appendingPathComponent("data")

    @Test("The bundled digits are split in balance")
    func split() throws {
        let train = try Digits().load(from: bundled, split: .train)
        let test = try Digits().load(from: bundled.appendingPathComponent("digits"), split: .test)
        #expect(train.count == 1297)
        #expect(test.count == 500)
        #expect(train.classCounts == [128, 131, 128, 132, 130, 131, 130, 129, 128, 130])
        #expect(test.classCounts == [50, 51, 49, 51, 51, 51, 51, 50, 46, 50])
        #expect(train.augmentation == .crops)
    }

    @Test("Digits are magnified four times and scaled to bytes")
    func magnified() throws {
        let train = try Digits().load(from: bundled, split: .train)
        #expect(train.labels[0] == 0)
        let image = try train.image(at: 0)
        // The first row of the first image in the original: 0 0 5 13 9 1 0 0.
        let row: [UInt8] = [0, 0, 80, 207, 143, 16, 0, 0].flatMap { [UInt8](repeating: $0, count: 4) }
        for y in 0..<4 { #expect(Array(image[y * 32..<(y + 1) * 32]) == row) }
        #expect(Array(image[128..<160]) != row)
        #expect(train.pixels.max() == 255)
    }

    @Test("The constants are the mean and deviation of the training images")
    func constants() throws {
        let train = try Digits().load(from: bundled, split: .train)
        let values = train.pixels.map { Double($0) / 255 }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let tolerance = 1e-6
        #expect(abs(mean - Double(train.normalisation.mean[0])) < tolerance)
        #expect(abs(variance.squareRoot() - Double(train.normalisation.deviation[0])) < tolerance)
    }

    private func idx(_ shape: [Int], _ elements: [UInt8]) -> Data {
        var bytes: [UInt8] = [0, 0, 8, UInt8(shape.count)]
        for length in shape {
            withUnsafeBytes(of: UInt32(length).bigEndian) { bytes += Array($0) }
        }
        return Data(bytes + elements)
    }

    @Test("Folders in MNIST's layout are read and centred")
    func mnist() throws {
        try TemporaryFolder.with { folder in
            let pixels: [UInt8] = (0..<1568).map { (index: Int) -> UInt8 in UInt8(index % 251 + 1) }
            try idx([2, 28, 28], pixels).write(to: folder.appendingPathComponent("t10k-images-idx3-ubyte"))
            try idx([2], [7, 3]).write(to: folder.appendingPathComponent("t10k-labels-idx1-ubyte"))
            let dataset = try DatasetRegistry.load(name: "auto", folder: folder, split: .test)
            #expect(dataset.name == "mnist")
            #expect(dataset.labels == [7, 3])
            let image = try dataset.image(at: 1)
            for y in 0..<32 {
                for x in 0..<32 {
                    let isInside = (2..<30).contains(y) && (2..<30).contains(x)
                    let source: Int = 784 + (y - 2) * 28 + (x - 2)
                    let expected: UInt8 = isInside ? pixels[source] : 0
                    #expect(image[y * 32 + x] == expected)
                }
            }
            #expect(throws: DatasetError.self) { try MNIST().load(from: folder, split: .train) }
        }
    }

    @Test("Damaged IDX files are refused")
    func damaged() throws {
        try TemporaryFolder.with { folder in
            let images = folder.appendingPathComponent("t10k-images-idx3-ubyte")
            let labels = folder.appendingPathComponent("t10k-labels-idx1-ubyte")
            let sound = idx([1, 8, 8], [UInt8](repeating: 1, count: 64))
            func complaint(_ image: Data, _ label: Data) throws -> String {
                try image.write(to: images)
                try label.write(to: labels)
                let error = #expect(throws: DatasetError.self) {
                    try MNIST().load(from: folder, split: .test)
                }
                return error?.description ?? ""
            }
            let label = idx([1], [9])
            let huge = Data([0, 0, 8, 3]) + Data(repeating: 255, count: 12)
            let cases: [(image: Data, label: Data, reason: String)] = [
                (sound.dropLast(), label, "cut short: expected 80 bytes, found 79"),
                (sound.prefix(9), label, "cut short: expected 16 bytes, found 9"),
                (sound + [0], label, "too long"),
                (label + label, label, "magic number"),
                (sound, idx([2], [1, 2]), "number of labels"),
                (sound, idx([1], [10]), "0...9, found 10"),
                (idx([1, 1, 1], [0]), label, "8 x 8 to 32 x 32"),
                (huge, label, "a size that fits"),
            ]
            for (image, label, reason) in cases {
                let text = try complaint(image, label)
                #expect(text.contains(reason), "\(text)")
            }
        }
    }
}
