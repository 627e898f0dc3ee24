import Evaluation
import Experiments
import Foundation
import Pruning
import Testing

@Suite("Pictures of experiments")
struct PictureTests {
    @Test("a sweep's picture has a chart for each group and the gain of each rule over deletion")
    func sweep() throws {
        let text = """
            {"rules": ["delete", "mean"], "denseAccuracy": 0.9, "samples": 10, "availableSamples": 20, "requestedRows": 3,
             "rows": [
              {"group": 0, "sparsity": 0.25, "channels": 8, "kept": 6, "accuracy": {"delete": 0.5, "mean": 0.75}, "seconds": 1},
              {"group": 0, "sparsity": 0.5, "channels": 8, "kept": 4, "accuracy": {"delete": 0.5, "mean": 0.625}, "seconds": 1},
              {"group": 1, "sparsity": 0.25, "channels": 8, "kept": 6, "accuracy": {"delete": 0.5, "mean": 0.25}, "seconds": 1}]}
            """
        let result = try JSONDecoder().decode(SweepResult.self, from: Data(text.utf8))
        let svg = try SweepPicture(result, model: "net <1>", dataset: "digits").svg()
        for words in [
            "net &lt;1&gt;, one group pruned at a time", "the first 10 of 20 test images of digits",
            ">group 0<",
            ">group 1<", ">delete<", ">mean<", ">before<", ">gain of mean over delete<", ">25.0<", ">12.5<",
            ">\u{2212}25.0<", ">\u{2013}<",
        ] { #expect(svg.contains(words), "\(words)") }
        #expect(!svg.contains("interrupted"))
    }

    @Test("a study's picture has the means with their spread, and a heat map of single groups")
    func study() throws {
        let configuration = try StudyFixture.configuration(
            methods: "[{\"name\": \"del\", \"rule\": \"delete\"}, {\"name\": \"fuse\", \"rule\": \"mean\"}]",
            scopes: "[\"whole\", \"per_group\"]")
        let methods = try configuration.methods.map { method in
            (name: method.name, options: try method.settings.options(for: StudyFixture.subject([]).graph))
        }
        var subject = try StudyFixture.subject(methods)
        subject.runtimes = [LibtorchRuntime()]
        let result = try StudyFixture.run(configuration, subject).result
        for cell in result.cells {
            #expect((cell.latency != nil) == (cell.place.scope == .whole))
            #expect(cell.latency.map { $0.share > 0 } ?? true)
        }
        let study = StudyResult(
            of: configuration, environment: .init(libtorch: "l", device: "cpu"), networks: [result])
        #expect(StudyTables(study).markdown.contains("*time left*"))
        let svg = try StudyPicture(study).svg()
        for words in [
            ">Study test<", ">digits, every group pruned<", ">digits, one group pruned at a time<", ">del<",
            ">fuse<", ">multiply-accumulates left (%)<", ">parameters left (%)<", ">gain of fuse over del<",
            ">time for one run left (%)<",
            ">group 0<",
        ] { #expect(svg.contains(words), "\(words)") }
        #expect(
            try StudyPicture(StudyResult(of: configuration, environment: .init(libtorch: "l", device: "cpu")))
                .svg().contains("Study test"))
    }
}
