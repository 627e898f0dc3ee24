import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("CIFAR")
struct CIFARTests {
    private func expectTen(_ dataset: ImageDataset, files: ClosedRange<Int>, count: Int) {
        #expect(dataset.name == "cifar10")
        #expect(dataset.imageSize == .cifar)
        #expect(dataset.classNames.count == 10)
        #expect(
            dataset.labels
                == files.flatMap { file in (0..<count).map { SyntheticCIFAR.tenLabel($0, file: file) } })
        #expect(
            dataset.pixels
                == files.flatMap { file in (0..<count).flatMap { SyntheticCIFAR.image($0, file: file) } })
    }

    @Test(
        "CIFAR-10 in the binary layout, in the folder or below it", arguments: ["", "cifar-10-batches-bin"])
    func tenBinary(place: String) throws {
        try TemporaryFolder.with { folder in
            let inner = folder.appendingPathComponent(place)
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            try SyntheticCIFAR.writeTen(to: inner, count: 3)
            let loader = CIFAR.ten(imagesPerFile: 3)
            #expect(loader.isPresent(in: folder))
            expectTen(try loader.load(from: folder, split: .train), files: 1...5, count: 3)
            expectTen(try loader.load(from: folder, split: .test), files: 0...0, count: 3)
        }
    }

    @Test("CIFAR-10 as Python 2 pickled it", arguments: ["", "cifar-10-batches-py"])
    func tenPython(place: String) throws {
        let folder = try SyntheticCIFAR.fixtures().appendingPathComponent(place)
        let loader = CIFAR.ten(imagesPerFile: 2)
        expectTen(try loader.load(from: folder, split: .train), files: 1...5, count: 2)
        expectTen(try loader.load(from: folder, split: .test), files: 0...0, count: 2)
    }

    @Test("CIFAR-100 in both layouts", arguments: [true, false])
    func hundred(isBinary: Bool) throws {
        try TemporaryFolder.with { temporary in
            try SyntheticCIFAR.writeHundred(to: temporary, train: 3, test: 2)
            let folder = isBinary ? temporary : try SyntheticCIFAR.fixtures()
            let loader = CIFAR.hundred(train: 3, test: 2)
            for (split, file, count) in [(DatasetSplit.train, 1, 3), (.test, 0, 2)] {
                let dataset = try loader.load(from: folder, split: split)
                #expect(dataset.classNames.count == 100)
                #expect(dataset.classNames.first == "apple" && dataset.classNames.last == "worm")
                #expect(dataset.labels == (0..<count).map { SyntheticCIFAR.hundredLabel($0, file: file) })
                #expect(dataset.pixels == (0..<count).flatMap { SyntheticCIFAR.image($0, file: file) })
            }
        }
    }

    @Test("A file cut short, too long or missing is named")
    func wrongFiles() throws {
        try TemporaryFolder.with { folder in
            try SyntheticCIFAR.writeTen(to: folder, count: 2)
            let loader = CIFAR.ten(imagesPerFile: 2)
            let file = folder.appendingPathComponent("data_batch_3.bin")
            let sound = try Data(contentsOf: file)
            try sound.dropLast().write(to: file)
            let short = #expect(throws: DatasetError.self) { try loader.load(from: folder, split: .train) }
            #expect(short == .wrongSize(file: file.path, expected: 6146, found: 6145))
            #expect(
                short?.description.contains("data file cut short: expected 6146 bytes, found 6145") == true)
            try (sound + [0]).write(to: file)
            let long = #expect(throws: DatasetError.self) { try loader.load(from: folder, split: .train) }
            #expect(long?.description.contains("too long") == true)
            var wrong = sound
            wrong[3073] = 10
            try wrong.write(to: file)
            let label = #expect(throws: DatasetError.self) { try loader.load(from: folder, split: .train) }
            #expect(label == .label(file: file.path, image: 1, label: 10, classCount: 10))
            try FileManager.default.removeItem(at: file)
            let gone = #expect(throws: DatasetError.self) { try loader.load(from: folder, split: .train) }
            #expect(gone == .unreadable(file: file.path, reason: "no such file"))
            #expect(try loader.load(from: folder, split: .test).count == 2)
        }
    }

    @Test("Python batches that are damaged, malicious or of another size are refused")
    func wrongBatches() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("test_batch")
            let sound = try Data(
                contentsOf: SyntheticCIFAR.fixtures().appendingPathComponent("cifar-10-batches-py/test_batch")
            )
            let loader = CIFAR.ten(imagesPerFile: 2)
            func error(_ bytes: Data, _ loader: CIFAR = loader) throws -> DatasetError? {
                try bytes.write(to: file)
                return #expect(throws: DatasetError.self) { try loader.load(from: folder, split: .test) }
            }
            for count in stride(from: 0, to: sound.count, by: 97) { _ = try error(sound.prefix(count)) }
            let evil = try error(Data("cos\nsystem\n(S'true'\ntR.".utf8))
            #expect(evil?.description.contains("'os.system'") == true)
            let other = try error(sound, .ten(imagesPerFile: 3))
            #expect(other?.description.contains("uint8 [2, 3072]") == true)
        }
    }

    @Test(
        "The reference images",
        .enabled(
            if: SharedFiles.has("data/cifar-10-batches-bin/test_batch.bin"),
            Comment(rawValue: SharedFiles.missing)))
    func reference() throws {
        let dataset = try DatasetRegistry.load(name: "auto", folder: SharedFiles.file("data"), split: .test)
        #expect(dataset.name == "cifar10")
        #expect(dataset.count == 10_000)
        #expect(dataset.classCounts == [Int](repeating: 1000, count: 10))
        let (images, labels) = try dataset.batch(0..<dataset.count)
        #expect(images.shape == [10_000, 3, 32, 32])
        #expect(try labels.integers() == dataset.labels)
        let first = try dataset.batch([9_999]).images.floats()
        let expected = (Float(dataset.pixels[9_999 * 3072 + 2048]) / 255 - 0.406) / 0.225
        #expect(first[2048] == expected)
    }
}
