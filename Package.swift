// swift-tools-version:6.1
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

/// swift-numerics' complex numbers; the parts' type is in a module of its own.
let complexNumbers: [Target.Dependency] = [
    .product(name: "ComplexModule", package: "swift-numerics"),
    .product(name: "RealModule", package: "swift-numerics"),
]

let package = Package(
    name: "weft",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Weft", targets: ["Weft"]),
        .library(name: "WeftGraph", targets: ["WeftGraph"]),
        .library(name: "WeftComplex", targets: ["WeftComplex"]),
        .library(name: "WeftFormats", targets: ["WeftFormats"]),
        .library(name: "WeftCheckpoints", targets: ["WeftCheckpoints"]),
        .library(name: "WeftData", targets: ["WeftData"]),
        .library(name: "WeftCharts", targets: ["WeftCharts"]),
        .library(name: "WeftTraining", targets: ["WeftTraining"]),
        .library(name: "WeftImages", targets: ["WeftImages"]),
        .library(name: "WeftTensorFlow", targets: ["WeftTensorFlow"]),
        .library(name: "WeftTensorBoard", targets: ["WeftTensorBoard"]),
        .library(name: "WeftOpenMetrics", targets: ["WeftOpenMetrics"]),
        .library(name: "TensorFlow1", targets: ["TensorFlow1"]),
        .executable(name: "weft", targets: ["WeftCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .target(name: "CWeftRuntime"),
        .target(
            name: "WeftArrays", dependencies: ["CWeftRuntime"] + complexNumbers,
            swiftSettings: settings),
        .systemLibrary(
            name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CWeftChecksums"),
        .target(
            name: "WeftFormats", dependencies: ["WeftArrays", "CWeftChecksums", "CZlib"],
            swiftSettings: settings),
        .testTarget(
            name: "WeftFormatsTests",
            dependencies: ["WeftFormats", "WeftArrays", "WeftTestSupport", "CWeftChecksums"],
            swiftSettings: settings),
        .target(
            name: "WeftProtos",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Definitions"]),
        .target(
            name: "WeftTensorFlow",
            dependencies: [
                "Weft", "WeftFormats", "WeftImages", "WeftProtos",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeftTensorFlowTests",
            dependencies: [
                "WeftTensorFlow", "Weft", "WeftFormats", "WeftProtos", "WeftTestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .target(
            name: "WeftTensorBoard",
            dependencies: [
                "Weft", "WeftArrays", "WeftFormats", "WeftGraph", "WeftProtos", "WeftTensorFlow",
                "CZlib",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeftTensorBoardTests",
            dependencies: [
                "WeftTensorBoard", "Weft", "WeftArrays", "WeftFormats", "WeftGraph", "WeftProtos",
                "WeftTestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "EventSamples",
            dependencies: ["Weft", "WeftData", "WeftDigits", "WeftTensorBoard"],
            path: "Tests/EventSamples", swiftSettings: settings),
        .target(
            name: "WeftOpenMetrics",
            dependencies: [
                "WeftArrays",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "MetricsSamples",
            dependencies: [
                "WeftOpenMetrics", .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            path: "Tests/MetricsSamples", swiftSettings: settings),
        .testTarget(
            name: "WeftOpenMetricsTests",
            dependencies: [
                "WeftOpenMetrics", .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: settings),
        .target(
            name: "WeftGraph", dependencies: ["WeftArrays", "CWeftRuntime"] + complexNumbers,
            swiftSettings: settings),
        .target(
            name: "WeftTestSupport", dependencies: ["WeftGraph"], swiftSettings: settings),
        .testTarget(
            name: "WeftGraphTests", dependencies: ["WeftGraph", "WeftTestSupport"],
            swiftSettings: settings),
        .target(
            name: "CWeftKernels",
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(
            name: "COneDNN", dependencies: ["CWeftKernels"],
            linkerSettings: [
                .linkedLibrary("dnnl"),
                .linkedLibrary("gomp", .when(platforms: [.linux])),
            ]),
        .target(
            name: "CLapack", dependencies: ["CWeftKernels"],
            linkerSettings: [
                .linkedLibrary("openblas", .when(platforms: [.linux])),
                .linkedLibrary("gomp", .when(platforms: [.linux])),
                .linkedFramework("Accelerate", .when(platforms: [.macOS])),
            ]),
        .target(
            name: "CFFTW", dependencies: ["CWeftKernels"],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "WeftCPU",
            dependencies: ["WeftGraph", "CWeftKernels", "COneDNN", "CLapack", "CFFTW"],
            swiftSettings: settings),
        .testTarget(
            name: "WeftCPUTests",
            dependencies: [
                "WeftCPU", "WeftTestSupport", "COneDNN", "CWeftKernels", "CWeftRuntime",
            ],
            swiftSettings: settings),
        .target(
            name: "Weft",
            dependencies: [
                "WeftGraph", "WeftCPU", "WeftFormats",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "WeftComplex", dependencies: ["Weft"] + complexNumbers, swiftSettings: settings),
        .target(
            name: "WeftCheckpoints",
            dependencies: [
                "Weft", "WeftArrays", "WeftFormats",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "KilledWriter", dependencies: ["Weft", "WeftCheckpoints"],
            path: "Tests/KilledWriter", swiftSettings: settings),
        .testTarget(
            name: "WeftCheckpointsTests",
            dependencies: ["Weft", "WeftCheckpoints", "WeftFormats", "WeftTestSupport"],
            swiftSettings: settings),
        .target(
            name: "WeftData",
            dependencies: [
                "CZlib", "Weft", "WeftArrays", "WeftCheckpoints", "WeftFormats", "WeftGraph",
                "WeftProtos",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeftDataTests",
            dependencies: [
                "Weft", "WeftArrays", "WeftCheckpoints", "WeftData", "WeftDigits", "WeftFormats",
                "WeftTestSupport",
            ],
            swiftSettings: settings),
        .target(name: "WeftCharts", dependencies: ["WeftGraph"], swiftSettings: settings),
        .target(
            name: "WeftTraining",
            dependencies: ["Weft", "WeftCharts", "WeftCheckpoints", "WeftData"],
            swiftSettings: settings),
        .executableTarget(
            name: "InterruptedTrainer",
            dependencies: ["Weft", "WeftCheckpoints", "WeftData", "WeftTraining"],
            path: "Tests/InterruptedTrainer", swiftSettings: settings),
        .testTarget(
            name: "WeftTrainingTests",
            dependencies: [
                "Weft", "WeftCharts", "WeftCheckpoints", "WeftData", "WeftFormats",
                "WeftTestSupport", "WeftTraining",
            ],
            swiftSettings: settings),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
        .target(
            name: "CWeftImages", dependencies: ["CPNG", "CJPEG"],
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        .target(
            name: "WeftImages",
            dependencies: ["CWeftImages", "Weft", "WeftArrays", "WeftData", "WeftFormats"],
            swiftSettings: settings),
        .testTarget(
            name: "WeftImagesTests",
            dependencies: [
                "Weft", "WeftArrays", "WeftData", "WeftFormats", "WeftImages", "WeftTestSupport",
            ],
            swiftSettings: settings),
        .target(name: "CWeftDigits"),
        .target(
            name: "WeftDigits", dependencies: ["Weft", "WeftData", "CWeftDigits"],
            swiftSettings: settings),
        .target(
            name: "TensorFlow1",
            dependencies: [
                "Weft", "WeftData", "WeftDigits", "WeftFormats", "WeftTensorBoard",
                "WeftTensorFlow",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "WeftCommand",
            dependencies: [
                "Weft", "WeftCharts", "WeftCheckpoints", "WeftData", "WeftDigits", "WeftFormats",
                "WeftImages", "WeftOpenMetrics", "WeftTensorBoard", "WeftTensorFlow",
                "WeftTraining",
                "Notes",
                "WeftBenchmarks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WeftTests",
            dependencies: [
                "Weft", "WeftComplex", "WeftCPU", "WeftDigits", "WeftGraph", "WeftImages",
                "WeftTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OutsideTests", dependencies: ["Weft"], packageAccess: false,
            swiftSettings: settings),
        .executableTarget(
            name: "HostileCalls",
            dependencies: [
                "HostileSupport",
                "Weft", "WeftCheckpoints", "WeftComplex", "WeftData", "WeftFormats", "WeftGraph",
            ],
            path: "Tests/HostileCalls", swiftSettings: settings),
        .target(
            name: "HostileSupport", path: "Tests/HostileSupport", swiftSettings: settings),
        .executableTarget(
            name: "HostileFiles",
            dependencies: [
                "HostileSupport", "Weft", "WeftArrays", "WeftCheckpoints", "WeftData",
                "WeftFormats",
                "WeftImages", "WeftTensorBoard", "WeftTensorFlow",
            ],
            path: "Tests/HostileFiles", swiftSettings: settings),
        .executableTarget(
            name: "RefusedMemory", dependencies: ["COneDNN", "CLapack", "CFFTW"],
            path: "Tests/RefusedMemory"),
        .target(
            name: "Notes", dependencies: ["TensorFlow1", "Weft", "WeftCPU"],
            path: "Examples/Notes", swiftSettings: settings),
        .executableTarget(
            name: "Basics", dependencies: ["Weft"], path: "Examples/Basics", swiftSettings: settings
        ),
        .executableTarget(
            name: "Shapes", dependencies: ["Weft", "WeftData"], path: "Examples/Shapes",
            swiftSettings: settings),
        .executableTarget(
            name: "Examples", dependencies: ["Weft", "WeftData", "WeftDigits", "WeftTraining"],
            path: "Examples/Training", swiftSettings: settings),
        .executableTarget(
            name: "TensorFlow1Programs", dependencies: ["TensorFlow1"],
            path: "Examples/TensorFlow1Programs", swiftSettings: settings),
        .target(
            name: "WeftBenchmarks", dependencies: ["Weft"], path: "Benchmarks/Workloads",
            swiftSettings: settings),
        .executableTarget(
            name: "DocumentationBlocks",
            dependencies: [
                "TensorFlow1", "Weft", "WeftCharts", "WeftCheckpoints", "WeftData", "WeftFormats",
                "WeftImages", "WeftOpenMetrics", "WeftTensorBoard", "WeftTensorFlow",
                "WeftTraining",
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            path: "Tests/DocumentationBlocks", packageAccess: false, swiftSettings: settings),
        .testTarget(
            name: "TensorFlow1Tests",
            dependencies: [
                "TensorFlow1", "Weft", "WeftGraph", "WeftTensorBoard", "WeftTensorFlow",
                "WeftTestSupport", "Notes", "WeftBenchmarks",
            ],
            swiftSettings: settings),
    ]
)
