// Checks every signature of notifications.json again with Node's crypto and with JSON of its own making. Fails on any difference.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const at = (path) => new URL(`../${path}`, import.meta.url);
const NAMES = [
  ...["type", "id", "order_id", "payment_status", "amount", "payment_amount", "commission_amount"],
  ...["is_partial_payment", "account", "service", "desc"],
];

/** A value as PHP's json_encode writes it. */
const php = (value) =>
  JSON.stringify(value)
    .replaceAll("/", "\\/")
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

function textOf(query, without) {
  const fields = NAMES.filter((name) => name !== without).map((name) => {
    const value = query.get(name);
    return `${php(name)}:${name === "id" ? BigInt(value) : php(value)}`;
  });
  return `{${fields.join(",")}}`;
}

const records = JSON.parse(readFileSync(at("notifications.json"), "utf8"));
const keys = new Map();
const counts = { good: 0, bad: 0 };
for (const { name, key: file, query: text, shown, digest, error } of records) {
  if (error !== undefined && error !== "does_not_verify") continue;
  if (!keys.has(file)) keys.set(file, createPublicKey(readFileSync(at(`public/${file}`))));
  const query = new URLSearchParams(text);
  const signature = Buffer.from(query.get("sign").replaceAll(" ", "+"), "base64");
  const signs = (hash, without) => verify(hash, Buffer.from(textOf(query, without)), keys.get(file), signature);
  const found = ["sha1", "sha256"].flatMap((hash) => [
    ...(signs(hash) ? [`${hash} with`] : []),
    ...(signs(hash, "commission_amount") ? [`${hash} without`] : []),
  ]);
  // Where commission_amount is not shown, it may not have come or not have been signed.
  const wanted =
    shown === undefined ? /^$/ : new RegExp(`^${digest} ${"commission_amount" in shown ? "with" : "with(out)?"}$`);
  if (!wanted.test(found.join())) throw new Error(`Node finds «${found}» signed: ${name}`);
  counts[shown === undefined ? "bad" : "good"] += 1;
}
if (counts.good < 90 || counts.bad < 40) throw new Error(`too few: ${JSON.stringify(counts)}`);
console.error(`notifications.json: Node agrees on ${counts.good} that verify and ${counts.bad} that do not`);
