// Who scrubs the same events by the same policy: pumice, a loop by hand, and redactors of logs with censors that mask.

import fastRedact from "fast-redact";
import slowRedact from "@pinojs/redact";

/** The last four digits of a number become X. */
const phone = (value) => {
  if (typeof value !== "string") return null;
  let left = 4;
  let out = "";
  for (let at = value.length - 1; at >= 0; at -= 1) {
    const char = value[at];
    out = (char >= "0" && char <= "9" && left > 0 ? ((left -= 1), "X") : char) + out;
  }
  return left === 0 ? out : null;
};
const email = (value) => {
  if (typeof value !== "string") return null;
  const at = value.lastIndexOf("@");
  return at > 0 ? `${at > 1 ? value[0] : ""}***${value.slice(at)}` : null;
};
const ip = (value) => {
  if (typeof value !== "string") return null;
  const [a, b, ...rest] = value.split(".");
  return rest.length === 2 ? `${a}.${b}.0.0` : null;
};
const coordinate = (value) => (typeof value === "number" ? Math.trunc(value * 10) / 10 : null);
const text = () => "";

export const SETS = [
  {
    name: "A: a message, two phones and a text",
    data: "messaging",
    policy: { pumice: 1, fields: { from: "phone", to: "phone", message_body: "text" } },
    paths: { from: phone, to: phone, message_body: text },
    hand(event) {
      if (event.from != null) event.from = phone(event.from);
      if (event.to != null) event.to = phone(event.to);
      if (event.message_body != null) event.message_body = "";
    },
    target: 0.8,
  },
  {
    name: "B: a web event, e-mails, phones, an IP and coordinates",
    data: "web",
    policy: {
      pumice: 1,
      fields: {
        "user.email": "email", "user.phone": "phone", "contacts[*].email": "email", "contacts[*].phone": "phone",
        "context.ip": "ip", "context.location.lat": "coordinate", "context.location.lon": "coordinate",
      },
    },
    paths: {
      "user.email": email, "user.phone": phone, "contacts[*].email": email, "contacts[*].phone": phone,
      "context.ip": ip, "context.location.lat": coordinate, "context.location.lon": coordinate,
    },
    hand(event) {
      const { user, contacts, context } = event;
      if (user?.email != null) user.email = email(user.email);
      if (user?.phone != null) user.phone = phone(user.phone);
      if (Array.isArray(contacts)) {
        for (const contact of contacts) {
          if (contact.email != null) contact.email = email(contact.email);
          if (contact.phone != null) contact.phone = phone(contact.phone);
        }
      }
      if (context?.ip != null) context.ip = ip(context.ip);
      if (context?.location?.lat != null) context.location.lat = coordinate(context.location.lat);
      if (context?.location?.lon != null) context.location.lon = coordinate(context.location.lon);
    },
    target: 0.4,
  },
];

/** What each makes of one event as text. */
export function onText({ hand, paths }, native, wasm) {
  const censor = (value, path) => {
    const name = path.join(".").replace(/\.\d+\./, "[*].");
    return value == null ? value : paths[name](value);
  };
  const options = { paths: Object.keys(paths), censor };
  const [fast, slow] = [fastRedact(options), slowRedact(options)];
  return {
    "JSON.parse alone": null,
    "pumice": (event) => native.scrub(event),
    "pumice, WebAssembly": (event) => wasm.callText("scrub", event),
    "JSON.parse, edits, JSON.stringify": (event) => {
      const value = JSON.parse(event);
      hand(value);
      return JSON.stringify(value);
    },
    "fast-redact": (event) => fast(JSON.parse(event)),
    "@pinojs/redact": (event) => slow(JSON.parse(event)),
  };
}

/** What each makes of many lines as bytes. */
export function onLines({ hand }, native, wasm) {
  const into = Buffer.alloc(4 << 20);
  return {
    "pumice": (lines) => native.scrubNdjson(lines),
    "pumice, into the same memory": (lines) => native.scrubNdjson(lines, { into }),
    "pumice, WebAssembly": (lines) => wasm.ndjson("scrub", lines, false).out,
    "JSON.parse, edits, JSON.stringify": (lines) => {
      const out = lines.toString().split("\n").map((line) => {
        if (line === "") return line;
        const value = JSON.parse(line);
        hand(value);
        return JSON.stringify(value);
      });
      return Buffer.from(out.join("\n"));
    },
  };
}
