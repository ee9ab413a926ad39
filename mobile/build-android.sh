#!/usr/bin/env bash
# Builds the library for Android's ABIs into target/mobile-made/jniLibs, and generates the Kotlin that calls it, for the Gradle
# module in mobile/android. Needs the NDK (ANDROID_NDK_HOME) and cargo-ndk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${ANDROID_NDK_HOME:?is where the NDK is}"
made=$PWD/target/mobile-made
export CARGO_TARGET_DIR=$PWD/target

rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android
# Pages of 16 KiB, which newer phones have.
export RUSTFLAGS="${RUSTFLAGS:-} -C link-arg=-Wl,-z,max-page-size=16384"
cargo ndk --platform 24 --target arm64-v8a --target armeabi-v7a --target x86_64 --output-dir "$made/jniLibs" \
    build --locked --profile mobile --package pumice-mobile
unset RUSTFLAGS
cargo build --locked --manifest-path mobile/bindgen/Cargo.toml --target-dir "$made/bindgen"
mobile/generate "$made/bindgen/debug/bindgen" target/aarch64-linux-android/mobile/libpumice_mobile.so \
    "$made/generated"
"$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin/llvm-strip --strip-unneeded "$made"/jniLibs/*/libpumice_mobile.so
ls -l "$made"/jniLibs/*/libpumice_mobile.so
