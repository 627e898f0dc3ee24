import Foundation
import TestSupport
import Testing

@Suite(
    "ONNX's own node cases",
    .enabled(if: PeerPython.withONNX != nil, Comment(rawValue: PeerPython.missing)),
    .enabled(if: SharedFiles.has("tools/onnx_node_suite.py"), Comment(rawValue: SharedFiles.missing)))
struct NodeSuiteTests {
    /// Cases that were once wrong, and some of those with graphs, caches or quantised tensors inside. All of them take a quarter of
    /// an hour: `INTRAFUSION_NODE_CASES=.` runs those too.
    private static let usual = """
        ^test_(attention_4d_(causal|with_past_and_present_fp)|training_dropout|gridsample_volumetric|\
        depthtospace|spacetodepth|loop1|scan9|qlinear|dft$|dft_axis|resize_upsample_scales_cubic_align)
        """
    private static let usualCount = 25
    /// The issue's number of all cases.
    private static let allCount = 1450

    @Test("nothing is wrong, and nothing crashes", .timeLimit(.minutes(60)))
    func cases() throws {
        let python = try #require(PeerPython.withONNX)
        let asked = ProcessInfo.processInfo.environment["INTRAFUSION_NODE_CASES"]
        try TemporaryFolder.with { folder in
            let log = folder.appendingPathComponent("log")
            try Data().write(to: log)
            let process = Process()
            process.executableURL = python
            process.arguments = [
                SharedFiles.file("tools/onnx_node_suite.py").path, "--intrafusion",
                CommandRun.executable.path,
                "--only", asked ?? Self.usual, "--limit", "120",
                "--ok", "\(asked == nil ? Self.usualCount : asked == "." ? Self.allCount : 1)",
            ]
            process.standardOutput = try FileHandle(forWritingTo: log)
            process.standardError = process.standardOutput
            try process.run()
            process.waitUntilExit()
            let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
            #expect(process.terminationStatus == 0, "\(text.suffix(2000))")
            #expect(text.contains(" ok"), "\(text.suffix(2000))")
        }
    }
}
