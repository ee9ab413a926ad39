// The shared vectors as Swift values; knows no test.
import Foundation

let house = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A row: one line of its file.
struct Row {
    let section: String
    let line: String
    let members: [String: Any]

    func text(_ member: String) -> String? { members[member] as? String }
    func has(_ member: String) -> Bool { members[member] != nil }

    /// The JSON of a member as it is spelled, which Foundation would forget.
    func json(_ member: String) -> String? {
        guard let name = line.range(of: "\"\(member)\": ") else { return nil }
        var depth = 0, quoted = false, escaped = false
        var end = name.upperBound
        while end < line.endIndex {
            let character = line[end]
            if quoted {
                (quoted, escaped) = (escaped || character != "\"", !escaped && character == "\\")
            } else if character == "\"" {
                quoted = true
            } else if character == "{" || character == "[" {
                depth += 1
            } else if depth == 0, character == "," || character == "}" || character == "]" {
                break
            } else if character == "}" || character == "]" {
                depth -= 1
            }
            end = line.index(after: end)
        }
        return String(line[name.upperBound..<end])
    }

    /// A policy: a text, or a document.
    var policy: String { text("policy") ?? json("policy")! }

    /// Bytes: a text, one in parts (each a text or [text, times]), or base64.
    func data(_ member: String) -> Data {
        if let base64 = text(member + "_base64") { return Data(base64Encoded: base64)! }
        if let whole = text(member) { return Data(whole.utf8) }
        let parts = members[member] as? [Any] ?? []
        return Data(parts.map { part -> String in
            if let text = part as? String { return text }
            let pair = part as! [Any]
            return String(repeating: pair[0] as! String, count: pair[1] as! Int)
        }.joined().utf8)
    }

    /// Where and on which line it fails.
    var at: String? { has("at") ? text("at") ?? json("at") : nil }
    var number: Int64? { (members["line"] as? NSNumber)?.int64Value }
}

func rows(_ name: String) throws -> [Row] {
    let file = try String(contentsOf: house.appendingPathComponent("tests/vectors/\(name).json"), encoding: .utf8)
    var section = "", rows: [Row] = []
    for raw in file.components(separatedBy: "\n") {
        let line = raw.trimmingCharacters(in: .whitespaces)
        if line.hasPrefix("\""), line.hasSuffix("[") {
            section = line.components(separatedBy: "\"")[1]
        } else if line.hasPrefix("{\"") {
            let text = line.hasSuffix(",") ? String(line.dropLast()) : line
            let members = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
            rows.append(Row(section: section, line: text, members: members))
        }
    }
    precondition(!rows.isEmpty)
    return rows
}
