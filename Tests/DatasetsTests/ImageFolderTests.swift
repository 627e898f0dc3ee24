import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Folders of images")
struct ImageFolderTests {
    private let form = { try ImageForm(size: ImageSize(channels: 3, height: 16, width: 16)) }

    private func put(_ name: String, _ place: String, in folder: URL) throws {
        let target = folder.appendingPathComponent(place)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: ImageFileTests.folder.appendingPathComponent(name), to: target)
    }

    @Test("sub-folders are classes in the order of their names, and hold images at any depth")
    func classes() throws {
        try TemporaryFolder.with { folder in
            try put("rgb.png", "zebra/2.png", in: folder)
            try put("grey.png", "zebra/1.PNG", in: folder)
            try put("rgb.jpg", "ape/deep/er/x.jpeg", in: folder)
            try Data("no image".utf8).write(to: folder.appendingPathComponent("ape/notes.txt"))
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
            let images = try DatasetRegistry.load(name: "auto", folder: folder, split: .test, form: form())
            #expect(images.name == "images" && images.classNames == ["ape", "zebra"])
            #expect(images.labels == [0, 1, 1] && images.count == 3)
            let size = try ImageSize(channels: 3, height: 16, width: 16)
            let wanted = try Picture(folder.appendingPathComponent("zebra/2.png"), least: 16).fitted(to: size)
            #expect(try images.image(at: 2) == wanted)
            // What a network is given are ImageNet's numbers, or others that are asked for.
            let batch = try images.batch([2, 0])
            let first = try batch.images.floats()
            #expect(batch.images.shape == [2, 3, 16, 16])
            #expect(try batch.labels.integers() == [1, 0])
            #expect(abs(first[300] - (Float(wanted[300]) / 255 - 0.456) / 0.224) < 1e-5)
            let other = try images.normalised(as: Normalisation(mean: [0, 0, 0], deviation: [1, 1, 1]))
            #expect(abs(try other.batch([2]).images.floats()[300] - Float(wanted[300]) / 255) < 1e-6)
            #expect(try images.prefix(2).labels == [0, 1])
            let fewer = try images.prefix(2).checksum
            #expect(images.checksum.count == 8 && images.checksum != fewer)
        }
    }

    @Test("parts are folders of their own where there are such; images beside folders are of one class")
    func parts() throws {
        try TemporaryFolder.with { folder in
            try put("rgb.png", "train/a/1.png", in: folder)
            try put("rgb.png", "val/a/1.png", in: folder)
            try put("rgb.png", "val/b/1.png", in: folder)
            #expect(try ImageFolder().load(from: folder, split: .train, form: form()).count == 1)
            #expect(try ImageFolder().load(from: folder, split: .test, form: form()).count == 2)
            try put("rgb.png", "val/3.png", in: folder)
            let flat = try ImageFolder().load(from: folder, split: .test, form: form())
            #expect(flat.labels == [0, 0, 0] && flat.classNames == ["val"])
        }
    }

    @Test(
        "what cannot be read is an error when it is asked for; a folder without images says what to put there"
    )
    func errors() throws {
        try TemporaryFolder.with { folder in
            #expect(!ImageFolder().isPresent(in: folder))
            #expect(throws: DatasetError.self) {
                try ImageFolder().load(from: folder, split: .test, form: form())
            }
            try put("rgb.png", "a/1.png", in: folder)
            #expect(throws: DatasetError.self) { try ImageFolder().load(from: folder, split: .test) }
            #expect(throws: DatasetError.self) {
                try ImageFolder().load(
                    from: folder, split: .test,
                    form: ImageForm(size: ImageSize(channels: 5, height: 4, width: 4)))
            }
            #expect(throws: DatasetError.self) { try ImageForm(resizedSide: 0) }
            try Data("x".utf8).write(to: folder.appendingPathComponent("a/2.jpg"))
            let images = try ImageFolder().load(from: folder, split: .test, form: form())
            let error = #expect(throws: DatasetError.self) { try images.batch([0, 1]) }
            #expect(error?.description.contains("2.jpg") == true)
            // A folder in itself.
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("a/b"),
                withDestinationURL: folder.appendingPathComponent("a"))
            #expect(throws: DatasetError.self) {
                try ImageFolder().load(from: folder, split: .test, form: form())
            }
        }
    }
}
