import Foundation
import XCTest

@testable import Pumice

/// Runs the shared vectors.
final class VectorsTests: XCTestCase {
    /// What a row that fails is due, against what came.
    private func check(_ row: Row, _ code: String, _ error: Error) {
        guard let error = error as? PumiceError else { return XCTFail("\(error): \(row.line)") }
        XCTAssertEqual(row.text(code), error.code, row.line)
        XCTAssertEqual(row.number, error.line, row.line)
        if row.has("at") || code == "error" { XCTAssertEqual(row.at, error.at, row.line) }
    }

    func testRedact() throws {
        for row in try rows("redact") + rows("geo") {
            let geo = try row.text("db").map { try Data(contentsOf: house.appendingPathComponent("tests/data/geo/\($0)")) }
            let redactor = try Redactor(type: row.section, options: row.json("options") ?? "{}", geo: geo)
            do {
                let out = try redactor.redact(value: Data(row.json("in")!.utf8))
                XCTAssertEqual(try value(out), try value(Data(row.json("out")!.utf8)), row.line)
            } catch let error as PumiceError {
                XCTAssertTrue(error.code == "invalid_value" && row.has("invalid"), row.line)
            }
        }
    }

    func testEvents() throws {
        for row in try rows("events") {
            let max = (row.members["max_event_bytes"] as? NSNumber)?.int64Value
            let scrubber = try Scrubber(policy: row.policy, maxEventBytes: max)
            let event = row.data("in")
            do {
                if row.text("on_error") == "reject" {
                    let lines = try scrubber.scrubNdjsonRejecting(lines: event)
                    XCTAssertEqual(lines.scrubbed, row.data("out"), row.line)
                    XCTAssertEqual(lines.rejects, row.data("rejects"), row.line)
                } else {
                    let out = row.has("ndjson") ? try scrubber.scrubNdjson(lines: event) : try scrubber.scrub(event: event)
                    XCTAssertEqual(out, row.data("out"), row.line)
                }
                XCTAssertFalse(row.has("error"), row.line)
            } catch {
                check(row, "error", error)
            }
        }
    }

    // A policy is a text here: one that is no UTF-8 cannot be given.
    func testPolicyInvalid() throws {
        for row in try rows("policy_invalid") where row.has("policy") {
            XCTAssertThrowsError(try Scrubber(policy: row.policy), row.line) { check(row, "code", $0) }
        }
    }

    /// A number as it is spelled; anything else as Foundation has it, whatever the order of its members.
    private func value(_ json: Data) throws -> NSObject {
        let value = try JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)
        return value is NSNumber ? String(decoding: json, as: UTF8.self) as NSString : value as! NSObject
    }
}
