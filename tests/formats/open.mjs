// Opens a ciphertext (`pum1…`) with nothing but its raw keys, `node:crypto`, and what docs/FORMATS.md says.
import { createDecipheriv, createHmac, hkdfSync } from "node:crypto";

const derive = (key, info, length = 32, salt = "") => Buffer.from(hkdfSync("sha256", key, salt, info, length));

// What was sealed: [1, a string], [2, JSON text] or [3, bytes]. `accountKeys` is a list; `subjectKeys` has them by record id in
// hex. It throws if the text is no ciphertext, was changed, is another account's or field's, or its key is not there.
export function openText(text, account, field, { accountKeys, tokenRoot, subjectKeys = {} }) {
  const data = Buffer.from(text, "base64url");
  if (data.toString("base64url") !== text || data.toString("hex", 0, 4) !== "a6e9b501") {
    throw new Error("not written as one, or of another version");
  }
  const kind = data[4] >> 4, bySubject = data[4] & 1, at = bySubject ? 30 : 21;
  if (![1, 2, 3].includes(kind) || data[4] & 0b1110 || data.length < at + 40) {
    throw new Error("of a kind that there is not, or cut short");
  }
  const kid = data.subarray(5, 21), salt = data.subarray(at, at + 12), iv = data.subarray(at + 12, at + 24);
  const accountKey = accountKeys.find((key) => derive(key, "pumice/1/kid", 16).equals(kid));
  if (!accountKey) throw new Error("no such key");
  let key = derive(accountKey, "pumice/1/enc");
  if (bySubject) {
    const mac = createHmac("sha256", derive(tokenRoot, "pumice/1/mask")).update("pumice/1/locator").update(salt).update(iv);
    const mask = mac.digest();
    const recordId = data.subarray(21, 30).map((byte, i) => byte ^ mask[i]).toString("hex");
    if (!Object.hasOwn(subjectKeys, recordId)) throw new Error("forgotten");
    key = derive(subjectKeys[recordId], "pumice/1/subject/enc", 32, key);
  }
  const messageKey = derive(key, Buffer.concat([Buffer.from("pumice/1/msg"), salt]));
  const opening = createDecipheriv("aes-256-gcm", messageKey, iv, { authTagLength: 16 }).setAuthTag(data.subarray(-16));
  const bound = [account, field].map((name) => Buffer.from(name)).flatMap((name) => {
    if (name.length < 1 || name.length > 65_535) throw new Error("nothing is sealed for such an account or field");
    return [Buffer.from([name.length >> 8, name.length & 255]), name];
  });
  opening.setAAD(Buffer.concat([data.subarray(0, at + 12), ...bound]));
  const plain = Buffer.concat([opening.update(data.subarray(at + 24, -16)), opening.final()]);
  if (kind === 3) return [kind, plain];
  const opened = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  if (kind === 2) JSON.parse(opened);
  return [kind, opened];
}
