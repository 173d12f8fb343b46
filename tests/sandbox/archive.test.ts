/** The throw-away key archive. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeArchive, readArchive, writeArchive } from "../../dist/sandbox/index.js";
import { archive } from "./merchant.ts";

describe("archive", () => {
  test("is what openssl_pkey_export makes", () => {
    assert.match(
      archive.privatePem,
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\w+/=\n]+\n-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    assert.match(archive.publicPem, /^-----BEGIN PUBLIC KEY-----\n/);
    const der = Buffer.from(archive.privatePem.replace(/-----.*-----|\n/g, ""), "base64").toString("hex");
    const parts = {
      PBES2: "06092a864886f70d01050d",
      PBKDF2: "06092a864886f70d01050c",
      "2048 iterations, HMAC-SHA-256": "02020800300c06082a864886f70d02090500",
      "DES-EDE3-CBC": "06082a864886f70d0307",
    };
    for (const [name, hex] of Object.entries(parts)) assert.ok(der.includes(hex), name);
    assert.throws(() => createPrivateKey({ key: archive.privatePem, passphrase: "wrong" }));
    assert.notEqual(makeArchive({ bits: 1024 }).password, makeArchive({ bits: 1024 }).password);
  });

  test("is written once, readable by its owner alone", async () => {
    const root = await mkdtemp(join(tmpdir(), "sandbox-"));
    try {
      const directory = join(root, "cert");
      await writeArchive(directory, archive);
      assert.deepEqual(await readArchive(directory), archive);
      if (process.platform !== "win32") {
        assert.equal((await stat(directory)).mode & 0o777, 0o700);
        for (const name of ["private.pem", "password.txt", "public.pem"]) {
          assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
        }
      }
      await assert.rejects(writeArchive(directory, makeArchive({ bits: 1024 })), { code: "EEXIST" });
      assert.deepEqual(await readArchive(directory), archive);
      await writeFile(join(root, "public.pem"), "");
      await assert.rejects(writeArchive(root, archive), { code: "EEXIST" });
      await assert.rejects(readArchive(root), { code: "ENOENT" });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
