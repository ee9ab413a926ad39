import Foundation
import XCTest

@testable import Pumice

/// Whatever comes in: an error with a code, and nothing else.
final class MisuseTests: XCTestCase {
    private let policy = #"{"pumice":1,"fields":{"from":"phone"}}"#

    private func code(_ work: () throws -> Void) -> String? {
        do {
            try work()
            return nil
        } catch {
            return (error as? PumiceError)?.code
        }
    }

    func testBytesThatAreNoEvent() throws {
        let scrubber = try Scrubber(policy: policy)
        for (bytes, due) in [
            (Data(), "invalid_json"),
            (Data(count: 1), "invalid_json"),
            (Data(#"{"from":"+1123\#u{0}"}"#.utf8), "invalid_json"),
            (Data([0x22, 0xff, 0x22]), "invalid_utf8"),
            (Data(repeating: 0x5b, count: 100_000), "too_deep"),
            (Data(repeating: 0x20, count: (16 << 20) + 1), "too_large"),
        ] {
            XCTAssertEqual(code { _ = try scrubber.scrub(event: bytes) }, due)
        }
    }

    func testTextsThatAreNone() throws {
        XCTAssertEqual(code { _ = try Scrubber(policy: "\u{0}") }, "policy_syntax")
        XCTAssertEqual(code { _ = try Scrubber(policy: policy, geo: Data()) }, "geo_invalid")
        XCTAssertEqual(code { _ = try Redactor(type: "ph\u{0}ne") }, "unknown_type")
        XCTAssertEqual(code { _ = try Scrubber(policy: policy).decrypt(value: "pum1", account: "a", field: "b") }, "needs_keys")
        let keys = Keys(keyring: Data(), root: .key(key: Data([0])))
        XCTAssertEqual(code { _ = try Scrubber(policy: policy, keys: keys) }, "invalid_root")
    }

    func testPoliciesOfASet() throws {
        let set = { (rule: String) in
            #"{"pumice_set":1,"by":"event_name","policies":{"login":{"pumice":1,"fields":{"from":"# + rule + "}}}}"
        }
        let scrubber = try Scrubber(policy: set(#""phone""#))
        let login = try scrubber.named(policy: "login")
        let event = Data(#"{"from":"+11234567890"}"#.utf8)
        XCTAssertEqual(try login.scrub(event: event), Data(#"{"from":"+1123456XXXX"}"#.utf8))
        XCTAssertEqual(code { _ = try scrubber.scrub(event: event) }, "no_policy")
        XCTAssertEqual(code { _ = try scrubber.named(policy: "logout") }, "unknown_policy")
        XCTAssertEqual(code { try scrubber.reload(policy: set("1")) }, "policy_shape")
        try scrubber.reload(policy: set(#"{"action":"drop"}"#))
        XCTAssertEqual(try login.scrub(event: event), Data("{}".utf8))
    }

    func testEightThreads() throws {
        let scrubber = try Scrubber(policy: policy)
        let event = Data(#"{"from":"+11234567890","n":1.50}"#.utf8)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<1_000 {
                XCTAssertEqual(try? scrubber.scrub(event: event), Data(#"{"from":"+1123456XXXX","n":1.50}"#.utf8))
            }
        }
        XCTAssertEqual(scrubber.report().events, 8_000)
    }
}
