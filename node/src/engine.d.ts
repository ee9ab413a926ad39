// What an engine gives, native or WebAssembly: the package is made of this and nothing else.
//
// Strings come checked: none has a lone surrogate but an event's text, which an engine refuses then (`invalid_utf8`). Of what
// core refuses, an `Error` is thrown whose message is JSON: `at`, `code` and `line`.

export type Verb = "scrub" | "decrypt" | "detokenize";

export interface RawLines {
  out: Uint8Array;
  rejects: Uint8Array;
  events: number;
  rejected: number;
  blank: number;
}

export class RawScrubber {
  /** `options` are those of `Scrubber`, with `rootKey` as bytes. */
  constructor(policy: Uint8Array, options: object);
  callText(verb: Verb, event: string, account?: string, subject?: string): string;
  callBytes(verb: Verb, event: Uint8Array, account?: string, subject?: string): Uint8Array;
  /** What comes out is at the head of `into`, if there is room for it. */
  ndjson(verb: Verb, lines: Uint8Array, reject: boolean, account?: string, subject?: string, into?: Uint8Array): RawLines;
  /** JSON: for each value `{"value": …}`, `{"base64": "…"}` or `{"error": …}`. */
  decrypt(values: string[], account: string, field: string): string;
  detokenize(tokens: string[]): string;
  forget(account: string, subject: string): number;
  forgetAccount(account: string): Uint8Array;
  keyring(): Uint8Array;
  /** Of the store in memory. */
  records(): Uint8Array;
  report(): string;
  explain(): string;
  maxEventBytes(): number;
  /** The scrubber of one policy of the set. */
  named(policy: string): RawScrubber;
  reload(policy: Uint8Array): void;
  close(): void;
}

export class RawRedactor {
  constructor(type: string, options: string, geo?: Uint8Array, uap?: Uint8Array);
  /** JSON to JSON. */
  redact(json: string): string;
}

/** Of `#schemas`. `options` are checked. JSON each. */
export function readSchema(schema: Uint8Array, options: object): string;
export function compilePolicy(schema: Uint8Array, governance: Uint8Array, reservoir: string, options: object): string;
export function reviewSchema(schema: Uint8Array, governance: Uint8Array, options: object): string;

/** JSON: each code with its meaning. */
export function codes(): string;
