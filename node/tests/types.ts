// Holds the package's types, by being compiled: what is right, and what must not be.

import { PumiceError, Redactor, ScrubTransform, ScrubTransformStream, Scrubber, codes, redact } from "pumice";
import { compilePolicy, readSchema, reviewSchema } from "pumice/schemas";
import { tag } from "pumice/web-tag";
import type { Explanation, Report, ScrubberOptions } from "pumice";

const options: ScrubberOptions = { keyring: new Uint8Array(), rootKey: "spelled", store: "memory", ownerByCall: true };
const scrubber = new Scrubber({ pumice: 1, fields: { from: "phone" } }, options);
new Scrubber("{}");
new Scrubber(Buffer.from("{}"));

const text: string = scrubber.scrub("{}");
const literal: string = scrubber.scrub('{"a":1}' as const);
const buffer: Buffer = scrubber.scrub(Buffer.from("{}"));
const bytes: Uint8Array = scrubber.scrub(new TextEncoder().encode("{}"), { account: "AC1", subject: "u-1" });
const object: Record<string, unknown> = scrubber.scrub({ from: "+11234567890" });
interface Message {
  from: string;
}
const message: Message = { from: "+1" };
scrubber.decryptEvent(scrubber.detokenizeEvent(message))["from"];

const lines: Buffer = scrubber.scrubNdjson(Buffer.from(""));
const { scrubbed, rejects, rejected } = scrubber.decryptNdjson(Buffer.from(""), { onError: "reject" });
const sums: [Buffer, Buffer, number] = [scrubbed, rejects, rejected];
const opened: unknown[] = [scrubber.decrypt("", "", ""), ...scrubber.decryptBulk([""], "", ""), ...scrubber.detokenizeBulk([""])];
const keyring: Uint8Array = scrubber.forgetAccount("AC1");
const count: number = scrubber.forget("AC1", "u-1");
const report: Report = scrubber.report();
const [row]: Explanation[] = scrubber.explain();
const words: string | undefined = row?.words ?? report.rules[0]?.selector;
scrubber.close();

const all: Record<string, string> = codes();
new Redactor("ip", { geo: ["country"] }, { geo: new Uint8Array() }).redact("207.164.33.12");
redact("phone", ["+11234567890", null]);
process.stdin.pipe(new ScrubTransform(scrubber, { rejects: process.stderr, verb: "decrypt" })).pipe(process.stdout);
new Response("").body?.pipeThrough(new ScrubTransformStream(scrubber, { account: "AC1" }));
const error: Error = new PumiceError("invalid_json", 7, 1);
if (error instanceof PumiceError) {
  const at: [string, string | number | null, number | null] = [error.code, error.at, error.line];
  void at;
}

const one: Scrubber = new Scrubber({}).named("login");
one.reload(Buffer.from("{}"));
const decided: string[] = compilePolicy({}, "{}", "all", { strict: true, format: "avro" }).decisions.map(({ by }) => by);
const passes: boolean = reviewSchema({}, {}, { against: "{}", reservoir: "all" }).passes;
const tags: string[] | undefined = readSchema({}, { typeAttribute: "kind" }).fields[0]?.tags;
// @ts-expect-error
readSchema({}, { format: "thrift" });

// @ts-expect-error
new Scrubber();
// @ts-expect-error
new Scrubber({}, { geo: "x.mmdb" });
// @ts-expect-error
new Scrubber({}, { stor: "memory" });
// @ts-expect-error
scrubber.scrub(1);
// @ts-expect-error
scrubber.scrub(null);
// @ts-expect-error
const wrong: number = scrubber.scrub("{}");
// @ts-expect-error
scrubber.scrubNdjson("{}");
// @ts-expect-error
scrubber.scrubNdjson(Buffer.from(""), { onError: "ignore" });
// @ts-expect-error
scrubber.forget("AC1");
// @ts-expect-error
new ScrubTransform();

const tracked: boolean = tag({ policy: { pumice: 1, fields: {} }, endpoint: "/collect", consent: () => true }).track("a", { b: 1 });
const sent: number = tag({ policy: new URL("https://a.example/p.json"), endpoint: "/collect", onError: (error: unknown) => void error }).report().sent;
// @ts-expect-error
tag({ policy: {} });

void [decided, passes, tags, tracked, sent, text, literal, buffer, bytes, object, lines, sums, opened, keyring, count, words, all, wrong];
