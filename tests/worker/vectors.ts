/** The keys of tests/vectors, made by PHP, OpenSSL and Node. */
import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../vectors/", import.meta.url));

/** A key that opens. */
export interface GoodKey {
  readonly file: string;
  readonly password: string | null;
  /** The content of `password.txt`, if that differs from the password. */
  readonly password_file?: string;
  readonly form: string;
  readonly bits: number;
  /** SHA-256 of the public key, in hex. */
  readonly fingerprint: string;
}

/** A text that does not open. */
export interface BadKey {
  readonly file: string;
  readonly password: string | null;
  readonly kind: string;
  readonly why: string;
  readonly oid?: string;
}

/** A good key as people paste it. */
export interface MangledKey {
  readonly name: string;
  readonly text: string;
  readonly password: string | null;
  readonly fingerprint: string;
}

const readJson = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}${name}`, "utf8"));

export const goodKeys = readJson("keys.json") as readonly GoodKey[];
export const badKeys = readJson("refused.json") as readonly BadKey[];
export const mangledKeys = readJson("mangled.json") as readonly MangledKey[];

export const goodPem = (file: string): string => readFileSync(`${FOLDER}keys/${file}`, "utf8");
export const badPem = (file: string): string => readFileSync(`${FOLDER}refused/${file}`, "utf8");

/** A key that must not open, by its file. */
export function badKey(file: string): BadKey {
  const key = badKeys.find((key) => key.file === file);
  assert.ok(key, `tests/vectors/refused.json has no ${file}`);
  return key;
}

/** SHA-256 of a public key, in hex. */
export function fingerprintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");
}

/**
 * The public key with this fingerprint, in PEM. Taken from any file with the same key, since Node's OpenSSL does not open every form
 * (single DES is gone).
 */
export function publicPemOf(fingerprint: string): string {
  for (const { file, password } of goodKeys.filter((key) => key.fingerprint === fingerprint)) {
    const key = openedByNode(goodPem(file), password);
    if (key === undefined) continue;
    assert.equal(fingerprintOf(key), fingerprint);
    return key.export({ format: "pem", type: "spki" }).toString();
  }
  throw new Error(`Node opens no key with the fingerprint ${fingerprint}`);
}

function openedByNode(key: string, password: string | null): KeyObject | undefined {
  try {
    return createPublicKey(createPrivateKey(password === null ? { key } : { key, passphrase: password }));
  } catch {
    return undefined;
  }
}
