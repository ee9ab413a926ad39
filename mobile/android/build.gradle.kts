// An AAR: classes.jar of the Kotlin sources, jni/ABI/libpumice_mobile.so, and the rules that an app's R8 needs.
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.4.21"
    `maven-publish`
}

group = "pumice"
version = "0.1.0"

// What mobile/build-android.sh makes: generated Kotlin, and a library for each ABI.
val made = layout.projectDirectory.dir("../../target/mobile-made")

android {
    namespace = "pumice.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }

    sourceSets["main"].apply {
        kotlin.srcDirs("../kotlin/src/main/kotlin", made.dir("generated/kotlin"))
        jniLibs.srcDir(made.dir("jniLibs"))
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    publishing {
        singleVariant("release") { withSourcesJar() }
    }
}

kotlin {
    compilerOptions { jvmTarget = JvmTarget.JVM_11 }
}

dependencies {
    // The AAR, which has JNA's own native library for each ABI.
    api("net.java.dev.jna:jna:5.19.1@aar")
}

publishing {
    publications.register<MavenPublication>("release") {
        artifactId = "pumice-android"
        afterEvaluate { from(components["release"]) }
    }
}
