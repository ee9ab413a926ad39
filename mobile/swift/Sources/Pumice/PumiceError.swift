// What Swift is used to, beside the generated surface. It decides nothing.

extension PumiceError {
    /// What went wrong: a stable word, the same in every language. `codes()` has all of them, and what they mean.
    public var code: String {
        switch self {
        case let .Failed(code, _, _): return code
        }
    }

    /// Where: a JSON Pointer into the policy, the selector of a rule, or the number of a byte, from 0.
    public var at: String? {
        switch self {
        case let .Failed(_, at, _): return at
        }
    }

    /// On which line, from 1, where there are many.
    public var line: Int64? {
        switch self {
        case let .Failed(_, _, line): return line
        }
    }
}
