// Checks every signature of notifications.json again with Node's crypto and with JSON of its own making. Fails on any difference.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const at = (path) => new URL(`../${path}`, import.meta.url);
const NAMES = [
  ...["type", "id", "order_id", "payment_status", "amount", "payment_amount", "commission_amount"],
  ...["is_partial_payment", "account", "service", "desc", "card_brand"],
];
const LEFT_OUT = {
  documented: ["card_brand"],
  without_commission: ["commission_amount", "card_brand"],
  card_brand: [],
  card_brand_without_commission: ["commission_amount"],
};
const FLAGS = { 1: true, true: true, 0: false, false: false };

/** A float as PHP writes it. */
function float(number) {
  if (Object.is(number, -0)) return "-0";
  const [digits, exponent] = number.toExponential().split("e");
  if (Number(exponent) >= -4 && Number(exponent) < 17) return String(number);
  return `${digits.includes(".") ? digits : `${digits}.0`}e${exponent}`;
}

/** A value as PHP's json_encode writes it. A number is the text that was received. */
function php(value) {
  if (value instanceof Digits) {
    const isInteger = /^-?\d+$/.test(value.text) && BigInt.asIntN(64, BigInt(value.text)) === BigInt(value.text);
    return isInteger ? String(BigInt(value.text)) : float(Number(value.text));
  }
  if (Array.isArray(value)) return `[${value.map(php).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, part]) => `${php(name)}:${php(part)}`)
      .join(",")}}`;
  return JSON.stringify(value)
    .replaceAll("/", "\\/")
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

class Digits {
  constructor(text) {
    this.text = text;
  }
}

const parse = (body) =>
  JSON.parse(body, (_, value, { source }) => (typeof value === "number" ? new Digits(source) : value));

/** The texts of all forms, by their names. */
function textsOf({ query, body }) {
  const received = body === undefined ? Object.fromEntries(new URLSearchParams(query)) : parse(body);
  const { sign, ...unsigned } = received;
  const text = (value) => {
    if (value instanceof Digits) return value.text;
    return typeof value === "boolean" ? String(Number(value)) : (value ?? null);
  };
  const texts = {};
  for (const [name, leftOut] of Object.entries(LEFT_OUT)) {
    const fields = NAMES.filter((field) => !leftOut.includes(field)).map((field) => [field, text(received[field])]);
    const write = (isBoolean) =>
      `{${fields
        .map(([field, value]) => {
          const flag = isBoolean && field === "is_partial_payment" ? FLAGS[value] : undefined;
          return `${php(field)}:${field === "id" ? BigInt(value) : php(flag ?? value)}`;
        })
        .join(",")}}`;
    texts[name] = write(false);
    texts[`${name}_boolean`] = write(true);
  }
  if (body !== undefined) texts.whole_body = php(unsigned);
  for (const [name, escaped] of Object.entries(texts)) texts[`${name}_unescaped`] = escaped.replaceAll("\\/", "/");
  return { texts, sign };
}

const records = JSON.parse(readFileSync(at("notifications.json"), "utf8"));
const keys = new Map();
const counts = { good: 0, bad: 0 };
for (const record of records) {
  const { name, key: file, form, error } = record;
  if (error !== undefined && error !== "does_not_verify") continue;
  if (!keys.has(file)) keys.set(file, createPublicKey(readFileSync(at(`public/${file}`))));
  const { texts, sign } = textsOf(record);
  const signature = Buffer.from(sign.replaceAll(" ", "+"), "base64");
  const found = Object.entries(texts).flatMap(([named, text]) =>
    ["sha1", "sha256"].flatMap((hash) =>
      verify(hash, Buffer.from(text), keys.get(file), signature) ? [`${named}_${hash}`] : [],
    ),
  );
  // Several forms have the same text where there is no slash, no flag or no field to tell them apart.
  if (form === undefined ? found.length > 0 : !found.includes(form))
    throw new Error(`Node finds «${found}» signed: ${name}`);
  counts[form === undefined ? "bad" : "good"] += 1;
}
if (counts.good < 200 || counts.bad < 50) throw new Error(`too few: ${JSON.stringify(counts)}`);
console.error(`notifications.json: Node agrees on ${counts.good} that verify and ${counts.bad} that do not`);
