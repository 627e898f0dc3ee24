import Experiments
import Foundation
import Pruning
import TestSupport
import Testing

@Suite("What a study says")
struct StudyConfigurationTests {
    @Test("a method's settings are read by the names of prune's flags, and written as they were")
    func settings() throws {
        let study = try StudyFixture.configuration(
            methods: """
                [{"name": "x", "round_to": 8, "max_sparsity": 0.75, "rule": "mean", "ignore": ["a*", "-b"],
                  "calibrate": "images", "repair": true, "calibration_memory": "500MB", "p": 2}]
                """)
        let method = study.methods[0]
        var settings = PruningSettings()
        settings.roundTo = 8
        // What a method does not say it does not do.
        settings.effort = .minimal
        settings.maxSparsity = 0.75
        settings.rule = "mean"
        settings.ignore = ["a*", "-b"]
        settings.calibrate = StudyMethod.ownImages
        settings.repair = true
        settings.calibrationMemory = ByteCount(parsing: "500 MB")
        settings.p = 2
        #expect(method.settings == settings)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        #expect(try StudyConfiguration(decoding: encoder.encode(study)) == study)
    }

    @Test("what is wrong is named")
    func hostile() throws {
        func message(_ change: (inout [String: Any]) -> Void) throws -> String {
            var object: [String: Any] = [
                "format": "intrafusion-study", "format_version": 1, "name": "n",
                "networks": [["name": "a", "file": "f", "data": "d"]], "sparsities": [0.5],
                "methods": [["name": "m"]],
            ]
            change(&object)
            do {
                _ = try StudyConfiguration(decoding: JSONSerialization.data(withJSONObject: object))
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(try message { _ in } == "")
        let cases: [(String, Any?, [String])] = [
            ("format", "other", ["other", "intrafusion-study"]), ("format_version", 2, ["version 2"]),
            ("name", "a b", ["a b"]), ("name", "--> x", ["--> x"]), ("name", nil, ["name"]),
            ("sparsties", [0.5], ["sparsties"]), ("sparsities", [], ["at least one sparsity"]),
            ("sparsities", [0.5, 0.5], ["0.5", "twice"]), ("sparsities", [1], ["[0, 1)", "1"]),
            ("sparsities", [-0.1], ["-0.1"]), ("sparsities", 0.5, ["sparsities"]),
            ("scopes", ["all"], ["all"]), ("scopes", ["whole", "whole"], ["twice"]),
            ("seeds", [-1], ["study"]), ("seeds", [1, 1], ["seed 1", "twice"]),
            ("samples", 0, ["samples", "0"]),
            ("batch_size", 0, ["batch size", "0"]), ("methods", [["rule": "mean"]], ["name"]),
            ("methods", [["name": "m"], ["name": "m"]], ["m", "twice"]),
            ("methods", [["name": "m", "sparsity": 0.5]], ["m", "sparsity"]),
            ("methods", [["name": "m", "seed": 1]], ["seed"]), ("methods", [["name": " "]], ["name"]),
            ("methods", [["name": "m", "--rule": "x"]], ["--rule"]),
            ("methods", [["name": "m", "rule": ["a": 1]]], ["rule"]),
            ("methods", [["name": "m", "images": 16]], ["the method m", "images", "calibrate"]),
            ("methods", [["name": "m", "order": "none"]], ["order"]),
            ("methods", [["name": "m", "cost": "euclid"]], ["euclid", "p_norm"]),
            ("methods", [["name": "m", "calibration_memory": "much"]], ["calibration_memory", "much"]),
            ("networks", [["name": "a", "file": "", "data": "d"]], ["file"]),
            ("networks", [["name": "a", "file": "f"]], ["data"]),
            ("networks", [["name": "a", "file": "f", "data": "d", "weights": "w"]], ["weights"]),
        ]
        for (key, value, words) in cases {
            let text = try message { $0[key] = value }
            for word in words { #expect(text.contains(word), "\(key) \(word): \(text)") }
        }
        for text in ["", "[]", "{", String(repeating: "[", count: 100_000)] {
            #expect(throws: StudyError.self) { try StudyConfiguration(decoding: Data(text.utf8)) }
            #expect(throws: StudyError.self) { try StudyResult(decoding: Data(text.utf8)) }
        }
    }

    @Test("the studies of the repository are read, and the networks in it are there")
    func repository() throws {
        let folder = SharedFiles.packageFolder
        let files = try FileManager.default.contentsOfDirectory(
            at: folder.appendingPathComponent("docs/studies"), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "json" }
        let names = files.map { $0.deletingPathExtension().lastPathComponent }
        #expect(
            Set(names).isSuperset(of: [
                "accuracy-cifar", "accuracy-digits", "accuracy-resnet18", "accuracy-resnet20", "criteria",
            ]))
        for (file, name) in zip(files, names) {
            let study = try StudyConfiguration(decoding: Data(contentsOf: file))
            #expect(study.name == name)
            for network in study.networks where !network.file.hasPrefix("../") {
                let path = folder.appendingPathComponent(network.file).path
                #expect(FileManager.default.fileExists(atPath: path), "\(name): \(network.file)")
            }
        }
    }
}
