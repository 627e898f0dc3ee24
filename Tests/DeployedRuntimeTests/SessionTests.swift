import DeployedRuntime
import Evaluation
import Foundation
import Graph
import NetworkSupport
import ONNX
import TestSupport
import Testing
import Torch

@Suite("Models in ONNX Runtime", .enabled(if: PeerRuntime.library != nil, "\(PeerRuntime.missing)"))
struct SessionTests {
    private func runtime() throws -> ONNXRuntime { try #require(PeerRuntime.library) }

    /// A convolution and a classifier with two outputs.
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [1, 3, 8, 8])
        let features = try sketch.convolution("features", sketch.input, outputs: 6)
        let active = try sketch.node("Relu", "active", [features])
        let flat = try sketch.node("Flatten", "flat", [active])
        sketch.finish([try sketch.linear("scores", flat, outputs: 5), features])
        return sketch.graph
    }

    private func data(_ graph: Graph) throws -> Data { try ONNXModel(graph).data(of: graph) }

    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
        } catch {
            return "\(error)"
        }
        return ""
    }

    @Test("tensors of every type come back as they went in", arguments: DType.allCases)
    func values(type: DType) throws {
        let tensor = try Tensor([0, 1, 1, 0, 1, 0].map(Double.init), shape: [2, 3]).converted(to: type)
        let back = try ONNXRuntimeValue(tensor, runtime: runtime()).tensor()
        #expect(back.type == type && back.shape == [2, 3])
        #expect(try back.bytes() == tensor.bytes())
        let empty = try Tensor(repeating: 0, shape: [0, 3], type: type)
        #expect(try ONNXRuntimeValue(empty, runtime: runtime()).tensor().shape == [0, 3])
    }

    @Test("a model gives the executor's outputs, from memory and from a file, by any number of threads")
    func outputs() throws {
        let graph = try network()
        let input = try Tensor(random: .normal, shape: [1, 3, 8, 8], seed: 7)
        let wanted = try Executor(graph).run([input])
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("model.onnx")
            try data(graph).write(to: file)
            for (model, threads) in [
                (ONNXRuntimeSession.Model.bytes(try data(graph)), 1), (.file(file), 1), (.file(file), 2),
            ] {
                let session = try ONNXRuntimeSession(model, runtime: runtime(), threads: threads)
                #expect(session.inputNames == ["input"] && session.outputNames == ["scores", "features"])
                let found = try session.run([ONNXRuntimeValue(input, runtime: runtime())])
                for (one, other) in zip(try found.map { try $0.tensor() }, wanted) {
                    #expect(one.shape == other.shape)
                    let distance = try OutputDistance(of: [one], to: [other])
                    #expect(distance.relative < 1e-5)
                }
            }
        }
    }

    @Test("inputs that do not fit are errors")
    func unfit() throws {
        let session = try ONNXRuntimeSession(.bytes(data(network())), runtime: runtime(), threads: 1)
        #expect(error { _ = try session.run([]) }.contains("input"))
        for tensor in [
            try Tensor(repeating: 1, shape: [1, 4, 8, 8]),
            try Tensor(repeating: 1, shape: [1, 3, 8, 8], type: .int64),
        ] {
            #expect(
                error { _ = try session.run([ONNXRuntimeValue(tensor, runtime: runtime())]) }.contains(
                    "input"))
        }
        #expect(
            error {
                _ = try ONNXRuntimeSession(.bytes(data(network())), runtime: runtime(), threads: 0)
            }.contains("got 0"))
    }

    @Test("files that are no models are errors, and so is every model that ends too early")
    func hostile() throws {
        let whole = try data(network())
        func refusal(_ bytes: Data) throws -> String {
            let runtime = try runtime()
            return error { _ = try ONNXRuntimeSession(.bytes(bytes), runtime: runtime, threads: 1) }
        }
        #expect(try !refusal(Data()).isEmpty)
        #expect(try !refusal(Data("not a model".utf8)).isEmpty)
        #expect(try !refusal(Data(repeating: 0xff, count: 4096)).isEmpty)
        for count in stride(from: 1, to: whole.count - 1, by: max(whole.count / 40, 1)) {
            // A model whose end is missing may still be one, with less in it.
            _ = try refusal(whole.prefix(count))
        }
        let missing = error {
            _ = try ONNXRuntimeSession(
                .file(URL(fileURLWithPath: "/no/such.onnx")), runtime: runtime(), threads: 1)
        }
        #expect(missing.contains("/no/such.onnx"))
    }

    @Test("a profile says how long each type of operator takes")
    func profile() throws {
        let graph = try network()
        let input = try Tensor(random: .normal, shape: [1, 3, 8, 8], seed: 7)
        let runtime = try runtime()
        let profile = try ONNXRuntimeProfile(
            of: .bytes(data(graph)), runtime: runtime, threads: 1,
            inputs: { _ in try ONNXRuntimeValue(input, runtime: runtime) }, runs: 3)
        #expect(profile.seconds.keys.contains { $0.contains("Conv") })
        #expect(profile.seconds.values.allSatisfy { $0 >= 0 && $0 < 60 })
        #expect(
            error {
                _ = try ONNXRuntimeProfile(
                    of: .bytes(Data("none".utf8)), runtime: runtime, threads: 1,
                    inputs: { _ in try ONNXRuntimeValue(input, runtime: runtime) }, runs: 3)
            }.contains("accept"))
    }
}
