public import Foundation

/// Where ONNX Runtime's library may lie.
public struct ONNXRuntimeSearch: Sendable {
    /// The variable that names the library or a folder with it.
    public static let variable = "ORT_LIBRARY"

    /// What the environment names; nothing else is tried then.
    public let named: String?
    /// The folders below which Python's packages lie.
    private let prefixes: [String]

    /// Makes a search.
    ///
    /// - Parameters:
    ///   - environment: The variables `ORT_LIBRARY`, `VIRTUAL_ENV`, `CONDA_PREFIX` and `HOME` count.
    ///   - systemPrefixes: Folders below which packages are installed for everybody.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        systemPrefixes: [String] = ["/usr/local", "/usr"]
    ) {
        named = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
        let own = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { environment[$0] }
        let home = environment["HOME"].map { [$0 + "/.local"] } ?? []
        prefixes = (own + home).filter { !$0.isEmpty } + systemPrefixes
    }

    /// The libraries to try, in this order: the one that the environment names, or else those that the system's loader
    /// finds and those in Python's packages.
    public var candidates: [String] {
        if let named {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: named, isDirectory: &isFolder), isFolder.boolValue
            else { return [named] }
            return Self.libraries(in: named)
        }
        return ["libonnxruntime.so", "libonnxruntime.so.1"] + packaged
    }

    /// The libraries of the package that `pip install onnxruntime` installs, those of the newest Python first.
    private var packaged: [String] {
        prefixes.flatMap { prefix -> [String] in
            let library = prefix + "/lib"
            let pythons = Self.contents(of: library).filter { $0.hasPrefix("python3") }
            return pythons.sorted(by: Self.isNewer).flatMap { python in
                ["site-packages", "dist-packages"].flatMap {
                    Self.libraries(in: "\(library)/\(python)/\($0)/onnxruntime/capi")
                }
            }
        }
    }

    /// Returns the paths of the library's files in a folder, the newest version first.
    private static func libraries(in folder: String) -> [String] {
        contents(of: folder)
            .filter { $0 == "libonnxruntime.so" || $0.hasPrefix("libonnxruntime.so.") }
            .sorted(by: isNewer).map { folder + "/" + $0 }
    }

    private static func isNewer(_ first: String, than second: String) -> Bool {
        first.compare(second, options: .numeric) == .orderedDescending
    }

    private static func contents(of folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
