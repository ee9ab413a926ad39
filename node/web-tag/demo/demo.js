// The demonstration: the event as the page has it beside the one that the collector was given.

import { Scrubber, tag } from "../../dist/pumice.tag.js";
import { collect } from "../src/page.js";

const POLICY = {
  pumice: 1,
  fields: {
    "page.url.query.*": { action: "drop" },
    "page.url.query.campaign": { action: "keep" },
    "page.url.query.email": { type: "email", keep: "provider" },
    "page.referrer.query": { action: "drop" },
    "context.user_agent": "user_agent",
    "props.email": "email",
    "props.phone": "phone",
    "props.message": "text",
  },
};

const form = document.querySelector("form");
const agrees = () => form.elements.consent.checked;
const say = (text) => (document.querySelector("output").textContent = text);

const pumice = tag({ policy: POLICY, endpoint: "/collect", consent: agrees, batchMilliseconds: 0, onError: (error) => say(error.message) });

form.elements.consent.addEventListener("change", () => pumice.consentChanged());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  checkOut();
});

async function checkOut() {
  const { email, phone, message } = form.elements;
  const props = { email: email.value, phone: phone.value, message: message.value, total: 89, currency: "EUR" };
  const collected = pumice.track("checkout_started", props);
  if (!collected) {
    show({}, {});
    return say("Without consent nothing was collected.");
  }
  await pumice.flush();
  let after;
  for (let tries = 0; after === undefined && tries < 50; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    after = await (await fetch("/last")).json().catch(() => undefined);
  }
  // The tag alone has the raw event: this is the same once more, with what is random and the time as they were sent.
  const { id, time } = after ?? {};
  show({ ...collect("checkout_started", props), id, time }, after ?? {});
  const { sent, refused } = pumice.report();
  say(`${sent} sent, ${refused} refused.`);
}

/** Marks the lines that are not in the other. */
function show(before, after) {
  const [left, right] = [before, after].map((event) => JSON.stringify(event, null, 2).split("\n"));
  const [here, there] = [left, right].map((lines) => new Set(lines.map(bare)));
  fill("before", left, (line) => (there.has(bare(line)) ? "" : "gone"));
  fill("after", right, (line) => (here.has(bare(line)) ? "" : "left"));
}

const bare = (line) => line.replace(/,$/, "");

function fill(id, lines, mark) {
  const spans = lines.map((line) => Object.assign(document.createElement("span"), { textContent: line, className: mark(line) }));
  document.getElementById(id).replaceChildren(...spans);
}

const rows = new Scrubber(POLICY).explain().map(({ selector, words }) => {
  const row = document.createElement("tr");
  for (const text of [selector || "everything else", words]) row.append(Object.assign(document.createElement("td"), { textContent: text }));
  return row;
});
document.getElementById("policy").replaceChildren(...rows);
checkOut();
