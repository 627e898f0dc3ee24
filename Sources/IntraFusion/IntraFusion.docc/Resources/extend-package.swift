// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "IntraFusion", path: "..")],
    targets: [
        .executableTarget(
            name: "PruneDigits", dependencies: [.product(name: "IntraFusion", package: "IntraFusion")]),
        .executableTarget(
            name: "CustomCriterion", dependencies: [.product(name: "IntraFusion", package: "IntraFusion")]),
    ],
    swiftLanguageModes: [.v6]
)
