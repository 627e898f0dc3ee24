import DeployedRuntime
import Foundation
import TestSupport
import Testing

@Suite("Where ONNX Runtime is looked for")
struct SearchTests {
    /// Makes an empty file and the folders above it.
    private func make(_ path: String, in folder: URL) throws -> String {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
        return file.path
    }

    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
        } catch {
            return "\(error)"
        }
        return ""
    }

    @Test("a named library is the only one tried")
    func named() {
        let search = ONNXRuntimeSearch(environment: ["ORT_LIBRARY": "/no/such.so", "VIRTUAL_ENV": "/usr"])
        #expect(search.candidates == ["/no/such.so"])
        #expect(ONNXRuntimeSearch(environment: ["ORT_LIBRARY": ""]).named == nil)
    }

    @Test("of a named folder the newest library comes first")
    func folder() throws {
        try TemporaryFolder.with { folder in
            let names = ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.32.0", "libother.so"]
            let files = try names.map { try make($0, in: folder) }
            let search = ONNXRuntimeSearch(environment: ["ORT_LIBRARY": folder.path])
            #expect(search.candidates == [files[1], files[0]])
        }
    }

    @Test("Python's packages are searched: the user's own first, then the newest Python's")
    func packages() throws {
        try TemporaryFolder.with { folder in
            func library(_ python: String, _ packages: String) -> String {
                "\(python)/\(packages)/onnxruntime/capi/libonnxruntime.so.1.20.0"
            }
            let old = try make("system/lib/" + library("python3.9", "dist-packages"), in: folder)
            let new = try make("system/lib/" + library("python3.11", "site-packages"), in: folder)
            let user = try make("home/.local/lib/" + library("python3.9", "site-packages"), in: folder)
            let virtual = try make("venv/lib/" + library("python3.9", "site-packages"), in: folder)
            _ = try make("system/lib/" + library("perl", "site-packages"), in: folder)
            let search = ONNXRuntimeSearch(
                environment: [
                    "VIRTUAL_ENV": folder.path + "/venv", "HOME": folder.path + "/home",
                ], systemPrefixes: [folder.path + "/system", folder.path + "/missing"])
            #expect(search.candidates.filter { $0.contains("/") } == [virtual, user, new, old])
            #expect(search.candidates.first == "libonnxruntime.so")
        }
    }

    @Test("a library that is missing, a text and another library are named and refused")
    func refused() throws {
        try TemporaryFolder.with { folder in
            let missing = folder.path + "/libonnxruntime.so"
            #expect(error { _ = try ONNXRuntime(path: missing) }.contains(missing))
            let text = folder.appendingPathComponent("text.so")
            try Data("no library".utf8).write(to: text)
            #expect(error { _ = try ONNXRuntime(path: text.path) }.contains(text.path))
            #expect(error { _ = try ONNXRuntime(path: "libz.so.1") }.contains("not ONNX Runtime"))
        }
    }

    @Test("a search says why a named library cannot be loaded, or how to get one")
    func searched() throws {
        try TemporaryFolder.with { folder in
            func loading(_ environment: [String: String]) -> String {
                let search = ONNXRuntimeSearch(environment: environment, systemPrefixes: [])
                return error { _ = try ONNXRuntime.load(search) }
            }
            #expect(loading(["ORT_LIBRARY": "/no/such.so"]).contains("/no/such.so"))
            let empty = loading(["ORT_LIBRARY": folder.path])
            #expect(empty.contains(folder.path) && empty.contains("ORT_LIBRARY"))
            let broken = try make(
                "lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.0.0", in: folder)
            // Where the system has a library, that one is found first.
            let text = loading(["VIRTUAL_ENV": folder.path])
            #expect(text.isEmpty || text.contains(broken))
        }
    }
}
