/** The forms of the key archive that the Worker opens. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { keyVectors, mangledVectors, publicPemOf, vectorFile } from "../fixtures/vectors.ts";
import { jsonOf } from "./client.ts";
import { openSandbox, setUp } from "./harness.ts";

/** Files of tests/vectors/keys, by the kind of archive. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  "what PHP's openssl_pkey_export writes": [
    "php-3des-1024.pem",
    "php-3des-2048.pem",
    "php-3des-3072.pem",
    "php-3des-4096.pem",
    "unusual-salt-16.pem",
  ],
  "the same with HMAC-SHA-1": ["pbes2-3des-sha1.pem", "pbes2-aes128-sha1.pem", "unusual-prf-sha1-written.pem"],
  "other ciphers": ["php-aes128.pem", "php-aes192.pem", "php-aes256.pem"],
  "other digests": [
    "pbes2-aes256-sha224.pem",
    "pbes2-aes256-sha384.pem",
    "pbes2-aes256-sha512.pem",
    "pbes2-3des-iter-100000.pem",
  ],
  scrypt: ["scrypt-aes256.pem", "scrypt-3des.pem", "scrypt-8192-16-1.pem"],
  "the traditional form with DEK-Info": [
    "dek-3des.pem",
    "dek-aes128.pem",
    "dek-aes192.pem",
    "dek-aes256.pem",
    "dek-des.pem",
    "dek-3des-4096.pem",
  ],
  "a key in the clear": ["plain-1024.pem", "plain-2048.pem", "plain-4096.pem", "pkcs1-2048.pem", "pkcs1-3072.pem"],
  "a password of its own kind": [
    "password-1-3des.pem",
    "password-2-dek.pem",
    "password-3-3des.pem",
    "password-5-3des.pem",
    "password-6-3des.pem",
    "password-7-dek.pem",
    "php-password-1024.pem",
    "password-empty-3des.pem",
  ],
};
/** How people paste a key, by the names in mangled.json: of PHP's form and of the traditional one. */
const MANGLED = [
  "CRLF",
  "no final newline",
  "blanks around the whole",
  "BOM",
  "mail around",
  "certificate before",
  "literal \\n",
  "literal \\r\\n",
  "blanks in place of line breaks",
  "double quotes, literal \\n",
  "an assignment",
];
/** Those of them that affect the headers before the base64. */
const MANGLED_HEADERS = ["CRLF", "mail around", "literal \\n", "blanks in place of line breaks", "an assignment"];
/** Keys that are listed with such a `password.txt`. */
const PASSWORD_FILES = ["php-3des-2048.pem", "password-empty-3des.pem"];

/** A key as it goes into the Worker's secrets. */
interface Case {
  readonly title: string;
  readonly fingerprint: string;
  readonly pem: string;
  readonly password: string | undefined;
}

function formCase(row: string, file: string): Case {
  const key = keyVectors.find((key) => key.file === file && key.password_file === undefined);
  assert.ok(key, `tests/vectors/keys.json has no ${file}`);
  const title = `${row}: ${key.form}, ${key.bits} bits (${file})`;
  return { title, fingerprint: key.fingerprint, pem: vectorFile(`keys/${file}`), password: key.password ?? undefined };
}

function passwordFileCases(): Case[] {
  const listed = keyVectors.filter(
    ({ file, password_file: text }) => PASSWORD_FILES.includes(file) && text !== undefined,
  );
  return listed.map(({ file, fingerprint, password_file: password }) => {
    const title = `password.txt is ${JSON.stringify(password)} (${file})`;
    return { title, fingerprint, pem: vectorFile(`keys/${file}`), password };
  });
}

function mangledCase(key: string, name: string): Case {
  const found = mangledVectors.find((mangled) => mangled.name === `${key}: ${name}`);
  assert.ok(found, `tests/vectors/mangled.json has no "${key}: ${name}"`);
  const { text: pem, fingerprint, password } = found;
  return { title: `${name} (${key})`, fingerprint, pem, password: password ?? undefined };
}

const forms = Object.entries(FORMS).flatMap(([row, files]) => files.map((file) => formCase(row, file)));
const passwordFiles = passwordFileCases();
const mangled = [
  ...MANGLED.map((name) => mangledCase("php-3des-2048", name)),
  ...MANGLED_HEADERS.map((name) => mangledCase("dek-3des", name)),
];

/** A sandbox for each public key, by its fingerprint. */
const sandboxes = new Map<string, Sandbox>();
for (const { fingerprint } of [...forms, ...passwordFiles, ...mangled])
  if (!sandboxes.has(fingerprint))
    sandboxes.set(fingerprint, await openSandbox({ publicPem: publicPemOf(fingerprint) }));
after(() => Promise.all([...sandboxes.values()].map((sandbox) => sandbox.close())));

const { clientOf } = await setUp<string>(
  Object.fromEntries(
    [...forms, ...passwordFiles, ...mangled].map(({ title, fingerprint, pem, password }) => [
      title,
      {
        ALIKASSA_PRIVATE_KEY: pem,
        ALIKASSA_KEY_PASSWORD: password,
        ALIKASSA_BASE_URL: sandboxes.get(fingerprint)?.baseUrl,
      },
    ]),
  ),
);

/** The Worker signs so that a sandbox with the matching public key answers, and reports that key. */
async function assertOpens({ title, fingerprint }: Case): Promise<void> {
  const client = clientOf(title);
  const answer = await client.post({ id: "100000536" });
  assert.equal(answer.status, 200, answer.text);
  const health = jsonOf<{ key_fingerprint: string }>(await client.ask({ path: "/healthz" }));
  assert.equal(health.key_fingerprint, fingerprint);
}

describe("opens a private.pem, and signs with it", () => {
  for (const form of forms) test(form.title, () => assertOpens(form));
});

describe("ignores line breaks at the end of password.txt", () => {
  test("has cases", () => assert.ok(passwordFiles.length >= 10));

  for (const form of passwordFiles) test(form.title, () => assertOpens(form));
});

describe("opens a private.pem as people paste it", () => {
  for (const form of mangled) test(form.title, () => assertOpens(form));
});
