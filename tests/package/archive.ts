/** `alikassa-edge/node`: the folder with the unpacked archive. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromArchive } from "alikassa-edge/node";
import { writeArchive } from "../../dist/sandbox/index.js";
import { assertNoSecret, thrownBy } from "../fixtures/errors.ts";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { vectorFile } from "../fixtures/vectors.ts";
import { context } from "./context.ts";
import { folder as outside } from "./installed.ts";

let folders = 0;

/** A new folder with these files. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  folders += 1;
  const folder = join(outside, `cert-${folders}`);
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe("an archive in a folder", () => {
  const sandbox = useSandbox();

  test("opens as the sandbox, or AliKassa's cabinet, wrote it, and asks for a payout", async () => {
    const folder = join(outside, "written");
    await writeArchive(folder, archive);
    const alikassa = await fromArchive(folder, { account: ACCOUNT, baseUrl: sandbox().baseUrl });
    assert.equal(alikassa.keyFingerprint, context.client().keyFingerprint);
    assert.equal((await alikassa.payoutStatus({ id: "100000536" })).payment_status, "paid");
  });

  test("opens with a line break at the end of password.txt", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem, "password.txt": `${archive.password}\n` });
    assert.equal((await fromArchive(folder, { account: ACCOUNT })).keyBits, 1024);
  });

  test("opens without password.txt where the key is in the clear", async () => {
    const folder = await folderWith({ "private.pem": vectorFile("keys/plain-2048.pem") });
    assert.equal((await fromArchive(folder, { account: ACCOUNT })).keyBits, 2048);
  });

  test("passes the other options on", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem, "password.txt": archive.password });
    const options = { account: ACCOUNT, digest: "sha256", baseUrl: "https://example.com/api" } as const;
    const signed = (await fromArchive(folder, options)).signedRequest("v1/x", []);
    assert.equal(signed.url, "https://example.com/api/v1/x");
    assert.equal(signed.headers["Sign"], context.client({ digest: "sha256" }).sign("[]"));
  });

  test("without private.pem rejects with the file system's error, which names the file", async () => {
    const folder = await folderWith({ "password.txt": "x" });
    const error = (await thrownBy(() => fromArchive(folder, { account: ACCOUNT }))) as NodeJS.ErrnoException;
    assert.deepEqual([error.code, error.path], ["ENOENT", join(folder, "private.pem")]);
  });

  test("without the folder rejects with the file system's error", async () => {
    const error = await thrownBy(() => fromArchive(join(outside, "none"), { account: ACCOUNT }));
    assert.equal((error as NodeJS.ErrnoException).code, "ENOENT");
  });

  test("whose password.txt can't be read rejects with the file system's error", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem });
    await mkdir(join(folder, "password.txt"));
    const error = await thrownBy(() => fromArchive(folder, { account: ACCOUNT }));
    assert.equal((error as NodeJS.ErrnoException).code, "EISDIR");
  });

  test("without password.txt, of an encrypted key, rejects with a KeyError that speaks of it", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem });
    const error = await context.refusalOf(() => fromArchive(folder, { account: ACCOUNT }), "KeyError");
    assert.match(error.message, /password\.txt/);
  });

  test("with another archive's password.txt rejects with a KeyError that tells no secret", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem, "password.txt": "another archive's" });
    const error = await context.refusalOf(() => fromArchive(folder, { account: ACCOUNT }), "KeyError");
    assertNoSecret(error, archive.privatePem, "another archive's");
  });

  test("with a wrong option rejects with an InvalidRequestError", async () => {
    const folder = await folderWith({ "private.pem": archive.privatePem, "password.txt": archive.password });
    await context.refusalOf(() => fromArchive(folder, { account: "" }), "InvalidRequestError");
  });
});
