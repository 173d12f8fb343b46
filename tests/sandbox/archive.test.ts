/** Key archives for tests. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeArchive, readArchive, writeArchive } from "../../dist/sandbox/index.js";
import { archive } from "../fixtures/keys.ts";
import { temporaryFolder } from "./client.ts";

test("makes what openssl_pkey_export makes", () => {
  const { privatePem: key, publicPem } = archive;
  assert.match(key, /^-----BEGIN (ENCRYPTED PRIVATE KEY)-----\n[\w+/=\n]+\n-----END \1-----\n$/);
  assert.match(publicPem, /^-----BEGIN PUBLIC KEY-----\n/);
  const der = Buffer.from(key.replace(/-----.*-----|\n/g, ""), "base64").toString("hex");
  const parts = {
    PBES2: "06092a864886f70d01050d",
    PBKDF2: "06092a864886f70d01050c",
    "2048 iterations, HMAC-SHA-256": "02020800300c06082a864886f70d02090500",
    "DES-EDE3-CBC": "06082a864886f70d0307",
  };
  for (const [name, hex] of Object.entries(parts)) assert.ok(der.includes(hex), name);
  assert.throws(() => createPrivateKey({ key, passphrase: "wrong" }));
  assert.notEqual(makeArchive({ bits: 1024 }).password, makeArchive({ bits: 1024 }).password);
});

test("writes an archive once, readable by its owner alone", async (context) => {
  const root = await temporaryFolder(context);
  const directory = join(root, "cert");
  await writeArchive(directory, archive);
  assert.deepEqual(await readArchive(directory), archive);
  if (process.platform !== "win32") {
    for (const [name, mode] of Object.entries({
      "": 0o700,
      "private.pem": 0o600,
      "password.txt": 0o600,
      "public.pem": 0o600,
    }))
      assert.equal((await stat(join(directory, name))).mode & 0o777, mode, name);
  }
  await assert.rejects(writeArchive(directory, makeArchive({ bits: 1024 })), { code: "EEXIST" });
  assert.deepEqual(await readArchive(directory), archive);
  await writeFile(join(root, "public.pem"), "");
  await assert.rejects(writeArchive(root, archive), { code: "EEXIST" });
  await assert.rejects(readArchive(root), { code: "ENOENT" });
});
