#!/usr/bin/env bash
# Makes mobile/swift a Swift package that Xcode takes: the static library for devices, simulators and Macs as
# PumiceFFI.xcframework, and the generated Swift beside it. Runs on a Mac with Xcode.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v xcodebuild >/dev/null || { echo "build-apple.sh needs a Mac with Xcode" >&2; exit 1; }
made=$PWD/target/mobile-made swift=$PWD/mobile/swift
export CARGO_TARGET_DIR=$PWD/target IPHONEOS_DEPLOYMENT_TARGET=13.0 MACOSX_DEPLOYMENT_TARGET=10.15

targets=(aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin)
rustup target add "${targets[@]}"
for target in "${targets[@]}"; do
    cargo rustc --locked --profile mobile --package pumice-mobile --target "$target" --crate-type staticlib
done
cargo build --locked --profile mobile --package pumice-mobile
cargo build --locked --manifest-path mobile/bindgen/Cargo.toml --target-dir "$made/bindgen"
mobile/generate "$made/bindgen/debug/bindgen" target/mobile/libpumice_mobile.dylib "$made/generated"

library=libpumice_mobile.a
fat() { # NAME TARGET TARGET
    mkdir -p "$made/apple/$1"
    lipo -create "target/$2/mobile/$library" "target/$3/mobile/$library" -output "$made/apple/$1/$library"
}
fat simulator aarch64-apple-ios-sim x86_64-apple-ios
fat mac aarch64-apple-darwin x86_64-apple-darwin

headers=$made/apple/headers/PumiceFFI
rm -rf "$made/apple/headers" "$swift/PumiceFFI.xcframework"
mkdir -p "$headers"
cp "$made/generated/swift/PumiceFFI.h" "$headers"
printf 'module PumiceFFI {\n    header "PumiceFFI.h"\n    export *\n}\n' >"$headers/module.modulemap"
xcodebuild -create-xcframework -output "$swift/PumiceFFI.xcframework" \
    -library "target/aarch64-apple-ios/mobile/$library" -headers "$made/apple/headers" \
    -library "$made/apple/simulator/$library" -headers "$made/apple/headers" \
    -library "$made/apple/mac/$library" -headers "$made/apple/headers"
cp "$made/generated/swift/Pumice.swift" "$swift/Sources/Pumice/Pumice.swift"
