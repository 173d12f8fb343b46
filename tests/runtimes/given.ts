/** What the suite is told: vectors with their PEMs, a merchant, and what Node's own crypto signs with that merchant's key. */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { type KeyArchive, makeArchive, SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import type { Given, JsonGiven, SignatureGiven, SignedGiven } from "../suite/given.ts";
import { FAULTS_GIVEN } from "./faults.ts";

interface KeyRow {
  readonly file: string;
  readonly password: string | null;
  readonly password_file?: string;
  readonly form: string;
  readonly bits: number;
  readonly fingerprint: string;
}

interface MangledRow {
  readonly name: string;
  readonly text: string;
  readonly password: string | null;
  readonly fingerprint: string;
}

interface RefusedRow {
  readonly file: string;
  readonly password: string | null;
  readonly kind: string;
  readonly why: string;
  readonly oid?: string;
}

interface NotificationRow {
  readonly name: string;
  readonly key: string;
  readonly query: string;
  readonly shown?: Readonly<Record<string, unknown>>;
}

export const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";

/** The merchant's archive. */
export const archive: KeyArchive = makeArchive({ bits: 1024, password: "Пароль of the archive" });

// All forms are opened by the tests in Rust; here are those that differ in what JavaScript hands over.
const FORMS = [
  ...["plain-1024.pem", "plain-4096.pem", "plain-3primes-2048.pem", "pkcs1-2048.pem", "php-3des-2048.pem"],
  ...["php-password-nul.pem", "pbes2-aes256-sha512.pem", "scrypt-1024-8-1.pem", "pbe-sha1-3des.pem", "pbe-md5-des.pem"],
  ...["dek-3des.pem", "dek-aes256.pem", "password-2-3des.pem", "password-3-dek.pem", "password-5-3des.pem"],
  ...["password-6-3des.pem", "password-empty-3des.pem", "plain-2047.pem"],
];
const SIGNERS = ["plain-1024.pem", "plain-2048.pem", "plain-3072.pem", "plain-4096.pem"];
// A salt of no byte or of very many is odd, and PHP takes it.
const ODD_BUT_GOOD = ["salt-0.pem", "salt-200.pem"];

const MESSAGES: readonly (string | Uint8Array)[] = [
  ...["", "[]", '{"id":"100000536"}', "Выплата №5 — «Ёлка»", "emoji 🔑", "\0", "\ufeffmark", "a\r\nb"],
  Uint8Array.from({ length: 300 }, (_, at) => at % 256),
  Uint8Array.of(0xff, 0xc3, 0x28, 0),
  new Uint8Array(1 << 20).fill(65),
];

/** What the suite is told where it may ask the sandbox at this URL, or none. */
export function givenWith(sandboxUrl?: string): Given {
  const keys = rows<KeyRow>("keys").filter(({ file }) => FORMS.includes(file));
  if (new Set(keys.map(({ file }) => file)).size !== FORMS.length) throw new Error("a form of keys has no vector");
  return {
    account: ACCOUNT,
    archive: { privatePem: archive.privatePem, password: archive.password },
    fingerprint: fingerprintOf(archive.publicPem),
    signed: MESSAGES.map(signedByNode),
    keys: keys.map(({ file, password, password_file: whole, form, bits, fingerprint }) => {
      return { name: `${form}, ${file}`, pem: pemOf(`keys/${file}`), password: whole ?? password, bits, fingerprint };
    }),
    mangled: rows<MangledRow>("mangled")
      .filter((_, at) => at % 9 === 0)
      .map(({ text, ...row }) => ({ ...row, pem: text })),
    refused: rows<RefusedRow>("refused")
      .filter(({ file }) => !ODD_BUT_GOOD.includes(file))
      .map(({ file, why, ...row }) => ({ ...row, name: `${why} (${file})`, pem: pemOf(`refused/${file}`) })),
    pems: Object.fromEntries(SIGNERS.map((file) => [file, pemOf(`keys/${file}`)])),
    signatures: rows<SignatureGiven>("signatures").filter(({ key }) => SIGNERS.includes(key)),
    // Each is signed, which takes its time; all of them are written by the tests in Rust.
    json: rows<JsonGiven>("php_json")
      .filter((_, at) => at % 4 === 0)
      .map(({ name, json, php }) => ({ name, json, php })),
    notifications: rows<NotificationRow>("notifications").map(({ name, key, query, shown }) => {
      return { name, query, pem: pemOf(`public/${key}`), ...(shown === undefined ? {} : { shown }) };
    }),
    ...(sandboxUrl === undefined
      ? {}
      : { sandbox: { url: sandboxUrl, payouts: SANDBOX_PAYOUTS, faults: FAULTS_GIVEN } }),
  };
}

/** The SHA-256 of a public key, by Node's own crypto. */
export function fingerprintOf(publicPem: string): string {
  const der = createPublicKey(publicPem).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex");
}

function signedByNode(message: string | Uint8Array): SignedGiven {
  const key = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
  const bytes = Buffer.from(message);
  const by = (digest: string) => sign(digest, bytes, key).toString("base64");
  return { message: bytes.toString("base64"), sha1: by("sha1"), sha256: by("sha256") };
}

function rows<T>(table: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${table}.json`, import.meta.url), "utf8")) as T[];
}

function pemOf(path: string): string {
  return readFileSync(new URL(`../vectors/${path}`, import.meta.url), "utf8");
}
