import DeployedRuntime
import Foundation
import Testing

@Suite("Records of runs in ONNX Runtime")
struct ProfileTests {
    private func event(_ name: String, _ operatorName: String, _ duration: Int) -> String {
        """
        {"cat": "Node", "name": "\(name)", "dur": \(duration), "ts": 5, "ph": "X", "args": {"op_name": "\(operatorName)"}}
        """
    }

    private func seconds(_ events: [String], runs: Int) throws -> [String: Double] {
        try ONNXRuntimeProfile(
            record: Data("[\(events.joined(separator: ",\n"))]".utf8), runs: runs
        ).seconds
    }

    @Test("a node's time is the median of its runs, and those of one type add up")
    func sums() throws {
        let found = try seconds(
            [
                #"{"cat": "Session", "name": "model_loading", "dur": 900, "ts": 1, "ph": "X", "args": {}}"#,
                event("a_kernel_time", "Conv", 9000), event("a_kernel_time", "Conv", 40),
                event("a_kernel_time", "Conv", 60), event("b_kernel_time", "Conv", 5),
                event("b_kernel_time", "Conv", 5), event("b_kernel_time", "Conv", 4),
                event("b_fence_before", "Conv", 800), event("c_kernel_time", "Relu", 0),
            ], runs: 3)
        #expect(found.count == 2 && found["Relu"] == 0)
        #expect(abs((found["Conv"] ?? 0) - 65e-6) < 1e-12)
    }

    @Test("bodies of loops count as often as they run, and loops only by their bodies")
    func loops() throws {
        let found = try seconds(
            [event("l_kernel_time", "Loop", 100)]
                + [Int](repeating: 7, count: 6).map { event("body_kernel_time", "Add", $0) }, runs: 2)
        #expect(found.count == 1)
        #expect(abs((found["Add"] ?? 0) - 21e-6) < 1e-12)
    }

    @Test("what is no record is an error", arguments: ["", "[", "{}", #"[{"dur": "long"}]"#])
    func hostile(text: String) {
        #expect(throws: (any Error).self) { try ONNXRuntimeProfile(record: Data(text.utf8), runs: 1) }
    }
}
