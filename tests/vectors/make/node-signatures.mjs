// Makes every signature of signatures.json again with Node's crypto, which has an OpenSSL of its own, and verifies it. Fails on any difference.
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const at = (path) => new URL(`../${path}`, import.meta.url);
const records = JSON.parse(readFileSync(at("signatures.json"), "utf8"));
const keys = new Map();
for (const { key: file, digest, message, signature } of records) {
  if (!keys.has(file)) keys.set(file, createPrivateKey(readFileSync(at(`keys/${file}`))));
  const key = keys.get(file);
  const data = Buffer.from(message, "base64");
  if (sign(digest, data, key).toString("base64") !== signature)
    throw new Error(`PHP and Node sign otherwise: ${file}, ${digest}, ${message.slice(0, 40)}`);
  if (!verify(digest, data, createPublicKey(key), Buffer.from(signature, "base64")))
    throw new Error(`does not verify: ${file}`);
}
if (records.length === 0) throw new Error("no signatures");
console.error(`signatures.json: Node agrees on all ${records.length}`);
