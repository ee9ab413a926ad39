// swift-tools-version: 5.9
import PackageDescription

// The generated Swift and what it calls are put here by mobile/build-apple.sh; on Linux by mobile/run, to be tested.
#if os(Linux)
let ffi = Target.systemLibrary(name: "PumiceFFI", path: "Sources/PumiceFFI")
#else
let ffi = Target.binaryTarget(name: "PumiceFFI", path: "PumiceFFI.xcframework")
#endif

let package = Package(
    name: "Pumice",
    platforms: [.iOS(.v13), .macOS(.v10_15)],
    products: [.library(name: "Pumice", targets: ["Pumice"])],
    targets: [
        ffi,
        .target(name: "Pumice", dependencies: ["PumiceFFI"]),
        .testTarget(name: "PumiceTests", dependencies: ["Pumice"]),
    ]
)
