// swift-tools-version: 6.1
import Foundation
import PackageDescription

// The engine is libtorch. Without LIBTORCH the Debian package `libtorch-dev` is used, which needs no
// unsafe flags; LIBTORCH=<folder with include/ and lib/> selects any newer build.
let libtorch = Context.environment["LIBTORCH"].flatMap { $0.isEmpty ? nil : $0 }
let torchHeaders: [CXXSetting] =
    libtorch.map {
        [.unsafeFlags(["-isystem", "\($0)/include", "-isystem", "\($0)/include/torch/csrc/api/include"])]
    } ?? []
// Nothing refers to the CUDA library by name, so the linker has to be told to keep it.
let hasCUDA = libtorch.map { FileManager.default.fileExists(atPath: "\($0)/lib/libtorch_cuda.so") } ?? false
let torchLibraries: [LinkerSetting] =
    (libtorch.map {
        [.unsafeFlags(["-L\($0)/lib", "-Xlinker", "-rpath", "-Xlinker", "\($0)/lib"])]
    } ?? [])
    + (hasCUDA
        ? [
            .unsafeFlags([
                "-Xlinker", "--no-as-needed", "-ltorch_cuda", "-lc10_cuda", "-Xlinker", "--as-needed",
            ])
        ] : [])
    + [.linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10")]

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"], resources: resources,
        swiftSettings: strict)
}

// In the order of the data flow: a target imports only what stands above it.
let package = Package(
    name: "IntraFusion",
    products: [
        .library(name: "IntraFusion", targets: ["IntraFusion"]),
        // The one part that needs no libtorch.
        .library(name: "OptimalTransport", targets: ["OptimalTransport"]),
        .executable(name: "intrafusion", targets: ["IntraFusionCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-collections", .upToNextMinor(from: "1.6.0")),
        .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0")),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", .upToNextMinor(from: "2.1.1")),
    ],
    targets: [
        .target(name: "CKernels"),
        .target(
            name: "CTorch", dependencies: ["CKernels"], cxxSettings: torchHeaders,
            linkerSettings: torchLibraries),
        module("Registries"),
        module("Charts"),
        module(
            "Reports", ["Charts", .product(name: "Mustache", package: "swift-mustache")],
            // In the code, so that the command needs no other file.
            resources: [.embedInCode("Resources/report.mustache")]),
        module("Torch", ["CTorch"]),
        module("Graph", ["Torch"]),
        module("Operators", ["Registries", "Torch", "Graph"]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"])]),
        module(
            "Checkpoints",
            ["CZlib", "Torch", .product(name: "OrderedCollections", package: "swift-collections")]),
        module(
            "ONNX",
            [
                "Torch", "Graph", "Operators", "Checkpoints",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        // Looks for ONNX Runtime when the program runs; nothing of it is needed to build.
        .target(name: "CRuntime", linkerSettings: [.linkedLibrary("dl")]),
        module("DeployedRuntime", ["CRuntime", "Torch", "Operators"]),
        .systemLibrary(name: "CJPEG", path: "Sources/CJPEG", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", path: "Sources/CPNG", providers: [.apt(["libpng-dev"])]),
        // Both report errors by long jumps, which only C may see.
        .target(
            name: "CImages", dependencies: ["CJPEG", "CPNG"],
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png")]),
        .target(name: "CPhotographs", exclude: ["photographs", "README.md"]),
        module("Datasets", ["Registries", "CImages", "CPhotographs", "Checkpoints", "Torch", "Graph"]),
        module("Models", ["Registries", "Torch", "Graph", "Operators", "Checkpoints"]),
        module("Coupling", ["Torch", "Graph"]),
        module("Analysis", ["Torch", "Graph", "Coupling"]),
        module("OptimalTransport", ["Registries", "CKernels"]),
        module(
            "Importance",
            ["Registries", "Torch", "Graph", "Datasets", "Coupling", "Analysis", "OptimalTransport"]),
        module(
            "Compression",
            ["Registries", "Torch", "Graph", "Coupling", "Analysis", "Importance", "OptimalTransport"]),
        module(
            "Evaluation",
            [
                "DeployedRuntime", "Torch", "Graph", "Datasets", "Coupling", "OptimalTransport",
                "Compression",
            ]),
        module(
            "Calibration",
            ["Torch", "Graph", "Datasets", "Coupling", "Analysis", "Compression", "Evaluation"]),
        module(
            "Pruning",
            [
                "Torch", "Graph", "Datasets", "Coupling", "Analysis", "Importance", "Compression",
                "Calibration", "Evaluation",
            ]),
        module(
            "Experiments",
            [
                "Charts", "Torch", "Graph", "Datasets", "Coupling", "Analysis", "Importance", "Compression",
                "Evaluation", "Pruning",
            ]),
        module(
            "IntraFusion",
            [
                "Registries", "Torch", "Graph", "Operators", "Checkpoints", "ONNX", "DeployedRuntime",
                "Models",
                "Datasets", "Coupling", "Analysis", "Importance", "OptimalTransport", "Compression",
                "Calibration",
                "Evaluation",
                "Pruning", "Experiments",
            ]),
        // Makes settings of the process before main runs; programs that use the library keep their own.
        .target(name: "CProcess"),
        .executableTarget(
            name: "IntraFusionCLI",
            dependencies: [
                "CProcess", "IntraFusion", "Reports",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Torch", "DeployedRuntime"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "ReferenceSupport",
            dependencies: [
                "Torch", "Graph", "Operators", "Coupling", "Analysis", "OptimalTransport", "Compression",
                "AnalysisSupport",
            ],
            path: "Tests/ReferenceSupport", swiftSettings: strict),
        .executableTarget(
            name: "Parity",
            dependencies: [
                "ReferenceSupport", "Torch", "Checkpoints", "Models", "Datasets", "Evaluation", "Experiments",
                "Importance", "Analysis", "Pruning",
            ], path: "Tests/Parity", swiftSettings: strict),
        tests(
            "Parity",
            [
                "ReferenceSupport", "AnalysisSupport", "Checkpoints", "Models", "Datasets", "Evaluation",
                "Experiments", "Importance", "Analysis",
            ]),
        .target(
            name: "NetworkSupport",
            dependencies: ["Torch", "Graph", "Operators", "Checkpoints", "Models", "TestSupport"],
            path: "Tests/NetworkSupport", swiftSettings: strict),
        .target(
            name: "AnalysisSupport",
            dependencies: [
                "Graph", "Coupling", "Analysis", "Importance", "OptimalTransport", "Compression",
                "Calibration",
            ],
            path: "Tests/AnalysisSupport", swiftSettings: strict),
        // What is checked about every ONNX file, by the tests on small fixtures and by the command on large ones.
        .target(
            name: "CoverageSupport",
            dependencies: [
                "Torch", "Graph", "Checkpoints", "Coupling", "Analysis", "Importance", "OptimalTransport",
                "Compression", "NetworkSupport", "AnalysisSupport",
            ],
            path: "Tests/CoverageSupport", swiftSettings: strict),
        .executableTarget(
            name: "CoverageCheck",
            dependencies: [
                "CoverageSupport", "ONNX", "Torch", "Graph", "Checkpoints",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Tests/Coverage/Check", swiftSettings: strict),
        tests(
            "Coverage", ["CoverageSupport", "NetworkSupport", "ONNX", "Torch", "Graph", "Checkpoints"],
            resources: [.copy("Fixtures")]),
        tests("Graph", ["Torch", "Graph", "NetworkSupport"]),
        tests("Torch", ["Torch"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "OperatorsTests", dependencies: ["Torch", "Graph", "Operators", "TestSupport"],
            resources: [.copy("Fixtures")], swiftSettings: strict),
        tests(
            "Analysis",
            [
                "Torch", "Graph", "Operators", "Models", "Coupling", "Analysis", "NetworkSupport",
                "AnalysisSupport",
            ]),
        tests("Charts", ["Charts"]),
        tests("Reports", ["Reports"]),
        tests("OptimalTransport", ["OptimalTransport", "Torch"], resources: [.copy("Fixtures")]),
        tests("Checkpoints", ["Checkpoints", "Torch"], resources: [.copy("Fixtures")]),
        tests(
            "ONNX",
            [
                "Torch", "Graph", "Operators", "ONNX", "Checkpoints", "Coupling", "Analysis",
                "OptimalTransport", "Compression", "AnalysisSupport",
            ],
            resources: [.copy("Fixtures")]),
        tests(
            "DeployedRuntime", ["DeployedRuntime", "Torch", "Graph", "ONNX", "Evaluation", "NetworkSupport"]),
        tests("Datasets", ["Datasets", "Checkpoints", "Torch"], resources: [.copy("Fixtures")]),
        tests("Models", ["Torch", "Graph", "Checkpoints", "Models"], resources: [.copy("Fixtures")]),
        tests(
            "Experiments",
            [
                "Torch", "Graph", "Operators", "Checkpoints", "Datasets", "Models", "Coupling", "Analysis",
                "Importance", "OptimalTransport", "Compression", "Calibration", "Evaluation", "Pruning",
                "Experiments", "NetworkSupport", "AnalysisSupport",
            ],
            resources: [.copy("Fixtures")]),
        tests(
            "Pruning",
            [
                "Torch", "Graph", "Operators", "Checkpoints", "Datasets", "Models", "Coupling", "Analysis",
                "Importance", "OptimalTransport", "Compression", "Calibration", "Evaluation", "Pruning",
                "NetworkSupport", "AnalysisSupport",
            ]),
        tests(
            "Calibration",
            [
                "Torch", "Graph", "Operators", "Models", "Datasets", "Coupling", "Analysis", "Importance",
                "OptimalTransport", "Compression", "Calibration", "NetworkSupport", "AnalysisSupport",
            ]),
        tests(
            "Evaluation",
            [
                "DeployedRuntime", "Torch", "Graph", "Datasets", "Models", "Coupling", "Analysis",
                "Importance", "Compression",
                "Evaluation", "NetworkSupport", "AnalysisSupport",
            ]),
        tests("Coupling", ["Torch", "Graph", "Operators", "Models", "Coupling", "NetworkSupport"]),
        tests(
            "Importance",
            [
                "Torch", "Graph", "Datasets", "Models", "Coupling", "Analysis", "Importance", "Compression",
                "NetworkSupport", "AnalysisSupport",
            ]),
        tests(
            "Compression",
            [
                "Torch", "Graph", "Operators", "Checkpoints", "Models", "Datasets", "Coupling", "Analysis",
                "Importance", "OptimalTransport", "Compression", "Calibration", "NetworkSupport",
                "AnalysisSupport",
            ]),
        // The programs of Examples, which has a package of its own for users: here they are built with all else and run by a test.
        .executableTarget(
            name: "PruneDigits", dependencies: ["IntraFusion"], path: "Examples/Sources/PruneDigits",
            swiftSettings: strict),
        .executableTarget(
            name: "CustomCriterion", dependencies: ["IntraFusion"], path: "Examples/Sources/CustomCriterion",
            swiftSettings: strict),
        // The built command, run as a user would.
        .testTarget(
            name: "IntraFusionCLITests",
            dependencies: [
                "IntraFusionCLI", "IntraFusion", "Torch", "Graph", "Checkpoints", "Models", "Datasets",
                "Coupling",
                "Analysis", "Importance", "OptimalTransport", "Compression", "Calibration", "DeployedRuntime",
                "Pruning", "Experiments", "TestSupport", "PruneDigits", "CustomCriterion",
            ], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: libtorch == nil ? .cxx17 : .cxx20
)
