import Datasets
import Foundation
import TestSupport
import Testing

@Suite("The registry of datasets")
struct DatasetRegistryTests {
    @Test("Names are unique and found")
    func names() {
        #expect(DatasetRegistry.names == ["auto", "cifar10", "cifar100", "digits", "mnist", "images"])
        for loader in DatasetRegistry.loaders {
            #expect(DatasetRegistry.loader(named: loader.name)?.name == loader.name)
            #expect(!loader.instructions.isEmpty)
        }
        #expect(DatasetRegistry.loader(named: "auto") == nil)
    }

    @Test("The first dataset that is there is detected")
    func detection() throws {
        let bundled = SharedFiles.packageFolder.appendingPathComponent("data")
        #expect(try DatasetRegistry.load(name: "digits", folder: bundled, split: .test).count == 500)
        try TemporaryFolder.with { folder in
            #expect(DatasetRegistry.detect(in: folder) == nil)
            try FileManager.default.copyItem(
                at: bundled.appendingPathComponent("digits"), to: folder.appendingPathComponent("digits"))
            #expect(DatasetRegistry.detect(in: folder)?.name == "digits")
            try SyntheticCIFAR.writeHundred(to: folder, train: 1, test: 1)
            #expect(DatasetRegistry.detect(in: folder)?.name == "cifar100")
            try SyntheticCIFAR.writeTen(to: folder, count: 1)
            #expect(DatasetRegistry.detect(in: folder)?.name == "cifar10")
        }
        #expect(DatasetRegistry.detect(in: try SyntheticCIFAR.fixtures())?.name == "cifar10")
    }

    @Test("A missing dataset says what to put where, an unknown one what there is")
    func errors() throws {
        try TemporaryFolder.with { folder in
            let missing = #expect(throws: DatasetError.self) {
                try DatasetRegistry.load(name: "cifar10", folder: folder, split: .test)
            }
            let text = missing?.description ?? ""
            #expect(
                text.contains(folder.path) && text.contains("test_batch.bin")
                    && text.contains("cifar-10-batches-py"))
            let none = #expect(throws: DatasetError.self) {
                try DatasetRegistry.load(name: "auto", folder: folder, split: .test)
            }
            #expect(none?.description.contains("t10k-images-idx3-ubyte") == true)
            let unknown = #expect(throws: DatasetError.self) {
                try DatasetRegistry.load(name: "cifar", folder: folder, split: .test)
            }
            #expect(unknown == .unknownName("cifar", available: DatasetRegistry.names))
        }
    }
}
