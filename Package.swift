// swift-tools-version:6.1
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "weft",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WeftGraph", targets: ["WeftGraph"]),
    ],
    targets: [
        .target(name: "WeftGraph", swiftSettings: settings),
        .target(
            name: "CWeftKernels",
            linkerSettings: [
                .linkedLibrary("m", .when(platforms: [.linux])),
                .linkedLibrary("gomp", .when(platforms: [.linux])),
            ]),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(
            name: "WeftCPU", dependencies: ["WeftGraph", "CWeftKernels", "COneDNN"],
            swiftSettings: settings),
    ]
)
