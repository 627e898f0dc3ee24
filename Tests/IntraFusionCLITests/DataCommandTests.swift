import Datasets
import Foundation
import TestSupport
import Testing

@Suite("data on the command line", .enabled(if: FileServer.isAvailable, "needs curl and Python"))
struct DataCommandTests {
    /// The first file of MNIST, as long as it is published, but of zeros.
    private func writeOther(in folder: URL) throws -> DatasetSource.Archive {
        let archive = try #require(DatasetSource.named("mnist")?.archives.first)
        try Data(count: archive.bytes).write(to: folder.appendingPathComponent(archive.name))
        return archive
    }

    private func names(in folder: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
    }

    @Test("another file than the published one is refused, and nothing is left of it")
    func checksum() throws {
        try TemporaryFolder.with { folder in
            let archive = try writeOther(in: folder)
            let target = folder.appendingPathComponent("data")
            let starts = try FileServer.serving(folder, limit: archive.bytes / 3) { url in
                let run = try CommandRun.run(["data", "mnist", "--to", target.path, "--url", url])
                #expect(run.status != 0 && run.output.isEmpty && !run.wasSignalled)
                #expect(
                    run.errors.contains(archive.name) && run.errors.contains(archive.sha256), "\(run.errors)")
            }
            #expect(starts.count >= 3 && starts == starts.sorted(), "\(starts)")
            #expect(names(in: target).isEmpty)
        }
    }

    @Test("Ctrl-C keeps what has come, and the same command goes on from there")
    func interruption() throws {
        try TemporaryFolder.with { folder in
            let archive = try writeOther(in: folder)
            let target = folder.appendingPathComponent("data")
            let part = target.appendingPathComponent("\(archive.name).part")
            func size() -> Int { (try? Data(contentsOf: part).count) ?? 0 }
            try FileServer.serving(folder, limit: archive.bytes, pause: 0.05) { url in
                let arguments = ["data", "mnist", "--to", target.path, "--url", url]
                let run = try CommandRun.run(arguments) { process in
                    let end = Date() + 30
                    while size() == 0, Date() < end { Thread.sleep(forTimeInterval: 0.02) }
                    kill(process.processIdentifier, SIGINT)
                }
                #expect(run.status == 130 && run.errors.contains("the same command again"), "\(run.errors)")
            }
            let kept = size()
            #expect(kept > 0 && kept < archive.bytes && names(in: target) == [part.lastPathComponent])
            let starts = try FileServer.serving(folder, limit: archive.bytes) { url in
                _ = try CommandRun.run(["data", "mnist", "--to", target.path, "--url", url])
            }
            #expect(starts.first.map { $0 >= kept } ?? false, "\(starts) \(kept)")
        }
    }

    @Test("what cannot be had is named, and nothing is written")
    func errors() throws {
        try TemporaryFolder.with { folder in
            let target = folder.appendingPathComponent("data")
            try FileServer.serving(folder, limit: 0) { url in
                let run = try CommandRun.run([
                    "data", "cifar10", "--to", target.path, "--url", url + "/mirror/",
                ])
                #expect(run.status == 1 && run.errors.contains("\(url)/mirror/cifar-10-binary.tar.gz"))
                #expect(run.errors.contains("404"), "\(run.errors)")
            }
            #expect(names(in: target).isEmpty)
            let unknown = try CommandRun.run(["data", "imagenet"])
            #expect(unknown.status == 64 && unknown.errors.contains("cifar10, cifar100, mnist"))
            let file = try CommandRun.run(["data", "mnist", "--url", "file:///etc"])
            #expect(file.status == 64 && file.errors.contains("http"))
            let place = try CommandRun.run(["data", "mnist", "--to", "/proc/nothing"])
            #expect(place.status != 0 && place.errors.contains("/proc/nothing"))
        }
    }

    @Test("a data set that is there is left as it is")
    func present() throws {
        try TemporaryFolder.with { folder in
            let inner = folder.appendingPathComponent("mnist")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            for (prefix, count) in [("train", UInt8(3)), ("t10k", 2)] {
                let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 8, 0, 0, 0, 8]
                let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, count]
                try Data(images + [UInt8](repeating: 7, count: 64 * Int(count)))
                    .write(to: inner.appendingPathComponent("\(prefix)-images-idx3-ubyte"))
                try Data(labels + [UInt8](repeating: 1, count: Int(count)))
                    .write(to: inner.appendingPathComponent("\(prefix)-labels-idx1-ubyte"))
            }
            let run = try CommandRun.run(["data", "mnist", "--to", folder.path])
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.output.contains("there already: 3 images for training, 2 for testing"), "\(run.output)")
            let json = try CommandRun.run(["data", "mnist", "--to", folder.path, "--json"]).json()
            #expect(json["downloaded"] as? Bool == false && json["test"] as? Int == 2)
        }
    }
}
