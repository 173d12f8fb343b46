/** `doctor`: its findings about archive, settings and account. */
import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeArchive } from "../../dist/sandbox/index.js";
import { UNKNOWN_ACCOUNT } from "../fixtures/keys.ts";
import { vectorFile } from "../fixtures/vectors.ts";
import {
  ACCOUNT,
  ARCHIVE_ENV,
  archive,
  assertRefused,
  cert,
  connection,
  folderWith,
  jsonLines,
  run,
  suiteSandbox,
} from "./command.ts";

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly detail: string;
  readonly remedy?: string;
}

interface Report {
  readonly ok: boolean;
  readonly key: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
}

/** Runs `doctor --json`, and asserts that each finding that is not ok has a remedy. */
async function examine(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await run(["doctor", "--json", ...args], { env });
  assert.equal(stderr, "");
  const [report, ...more] = jsonLines(stdout) as unknown as Report[];
  assert.ok(report !== undefined && more.length === 0);
  const { findings } = report;
  for (const { level, remedy = "", check } of findings) if (level !== "ok") assert.ok(remedy, `${check} has no remedy`);
  const find = (check: string) => findings.find((finding) => finding.check === check) ?? assert.fail(check);
  const failed = findings.filter(({ level }) => level === "failed").map(({ check }) => check);
  return { status, report, find, failed };
}

describe("doctor with a valid archive", { concurrency: 2 }, () => {
  test("reports form, size and fingerprint of the key", async () => {
    const { status, report, find } = await examine(["--cert", cert, "--account", ACCOUNT]);
    assert.deepEqual([status, report.ok], [0, true]);
    assert.deepEqual(
      report.findings.map(({ check, level }) => [check, level]),
      ["format", "cipher", "permissions", "password", "key", "fingerprint", "public_key", "signature", "account"].map(
        (check) => [check, "ok"],
      ),
    );
    const der = createPublicKey(archive.publicPem).export({ type: "spki", format: "der" });
    const fingerprint = createHash("sha256").update(der).digest("hex");
    assert.deepEqual(report.key, {
      label: "ENCRYPTED PRIVATE KEY",
      encryption: { scheme: "PBES2", kdf: "PBKDF2 with HMAC-SHA-256, 2048 rounds", cipher: "DES-EDE3-CBC" },
      bits: 2048,
      fingerprint,
    });
    assert.deepEqual([find("key").detail, find("fingerprint").detail], ["RSA, 2048 bits", fingerprint]);
    assert.match(find("signature").detail, /sha1 verifies/);
  });

  test("signs with another digest", async () => {
    const { find } = await examine(["--cert", cert, "--digest", "sha256"]);
    assert.match(find("signature").detail, /sha256 verifies/);
  });

  test("prints lines with remedies", async () => {
    const { status, stdout } = await run(["doctor", "--cert", cert]);
    assert.equal(status, 0);
    assert.match(stdout, /^✔ format {7}PEM, ENCRYPTED PRIVATE KEY, PBES2\n✔ cipher {7}DES-EDE3-CBC, key from PBKDF2/);
    assert.match(stdout, /\n✔ password {5}the private key opens\n/);
    assert.match(stdout, /\n- account {6}no account was given\n {2,}→ give --account/);
  });

  test("reads the key from the environment, without a public.pem", async () => {
    const { status, stdout } = await run(["doctor"], { env: ARCHIVE_ENV });
    assert.equal(status, 0);
    assert.match(stdout, /- public_key {3}there is no public\.pem to compare with\n/);
  });

  test("fails for an account that is no UUID", async () => {
    const { status, failed } = await examine(["--cert", cert, "--account", "93d5df06"]);
    assert.deepEqual([status, failed], [2, ["account"]]);
  });
});

describe("doctor with an invalid archive", { concurrency: 2 }, () => {
  const sound = { "private.pem": archive.privatePem, "password.txt": archive.password };
  const plain = vectorFile("keys/plain-2048.pem");
  const camellia = vectorFile("refused/pbes2-camellia-256-cbc.pem");
  const other = makeArchive({ password: "x" });

  for (const [name, files, checks, pattern] of [
    [
      "another archive's password",
      { ...sound, "password.txt": "31337", "public.pem": archive.publicPem },
      ["password"],
      /the password does not decrypt the key/,
    ],
    ["no password", { "private.pem": archive.privatePem }, ["password"], /encrypted, but the password is missing/],
    [
      "another archive's public.pem",
      { ...sound, "public.pem": other.publicPem },
      ["public_key", "signature"],
      /belongs to another private key/,
    ],
    ["a text as public.pem", { ...sound, "public.pem": "Dear all" }, ["public_key"], /can't be read/],
    [
      "a private key as public.pem",
      { "private.pem": plain, "public.pem": plain },
      ["public_key"],
      /it contains no public key/,
    ],
    ["a text as private.pem", { "private.pem": "Dear all" }, ["format"], /contains no private key/],
    ["a public key as private.pem", { "private.pem": archive.publicPem }, ["password"], /no private key/],
    ["an unsupported cipher", { "private.pem": camellia, "password.txt": "x" }, ["password"], /is not supported/],
  ] as const) {
    test(`fails with a remedy: ${name}`, async () => {
      const { status, report, find, failed } = await examine(["--cert", folderWith(files)]);
      assert.deepEqual([status, report.ok], [2, false]);
      for (const check of checks) assert.ok(failed.includes(check), check);
      assert.match(find(checks[0]).detail, pattern);
    });
  }

  test("refuses a folder without private.pem", async () => {
    const pattern = /^error: \S+private\.pem, the private key of the archive, does not exist: check the path\n$/;
    assertRefused(await run(["doctor", "--cert", folderWith({})]), pattern);
  });

  test("warns of a small, unencrypted key that others may read", async () => {
    const folder = folderWith({ "private.pem": vectorFile("keys/plain-1024.pem") });
    chmodSync(join(folder, "private.pem"), 0o644);
    const { status, find } = await examine(["--cert", folder]);
    assert.equal(status, 0);
    for (const check of ["cipher", "permissions", "key"]) assert.equal(find(check).level, "warning", check);
    assert.match(find("permissions").remedy ?? "", /^chmod 600 \S+private\.pem$/);
  });
});

describe("doctor --live", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const live = (...args: string[]) => examine(["--live", ...connection(sandbox()), ...args]);

  test("passes if AliKassa accepts the signature", async () => {
    const { status, find } = await live("--id", "100000601");
    assert.equal(status, 0);
    assert.match(find("live").detail, /answered v1\/account\/info: it accepts account, key and digest/);
    assert.match(find("live_payout").detail, /payment_status of 100000601 is wait/);
  });

  test("fails with AliKassa's message if it refuses the signature", async () => {
    const { status, find } = await live("--digest", "sha256");
    assert.deepEqual([status, find("live").level], [2, "failed"]);
    assert.match(find("live").detail, /HTTP status 400: The given data was invalid\. sign: The sign is invalid\./);
    assert.match(find("live").remedy ?? "", /--digest/);
  });

  test("fails with AliKassa's message if it does not know the account", async () => {
    const args = connection(sandbox()).map((arg) => (arg === ACCOUNT ? UNKNOWN_ACCOUNT : arg));
    const { status, find } = await examine(["--live", ...args]);
    assert.deepEqual([status, find("live").level], [2, "failed"]);
    assert.match(find("live").detail, /account: The selected account is invalid\./);
  });

  test("is unknown without an answer", async () => {
    // Nothing listens on the port of "discard".
    const { status, report, find } = await examine(["--live", ...connection({ baseUrl: "http://127.0.0.1:9" })]);
    assert.deepEqual([status, report.ok, find("live").level], [1, false, "unknown"]);
  });

  for (const [order_id, upstream] of [
    ["fault-500", 500],
    ["fault-message", 400],
    ["fault-404", 404],
    ["unlisted", 400],
  ] as const) {
    test(`leaves the payout's state unknown: ${order_id}`, async () => {
      const { status, report, find } = await live("--order-id", order_id);
      assert.deepEqual([status, report.ok, find("live").level], [1, false, "ok"]);
      const { level, detail, remedy = "" } = find("live_payout");
      assert.equal(level, "unknown");
      const answer = `AliKassa answered with HTTP status ${upstream}`;
      assert.ok(detail.startsWith(`the payout's state is unknown: ${answer}`), detail);
      assert.match(remedy, /do not cancel or repeat it/);
      assert.doesNotMatch(detail, /paid|fail|wait/);
      assert.ok(!JSON.stringify(report).includes("fail"));
    });
  }
});

describe("doctor --live without a request", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();

  test("fails if the key does not open", async () => {
    const folder = folderWith({ "private.pem": archive.privatePem });
    const args = ["--live", "--cert", folder, "--account", ACCOUNT, "--base-url", sandbox().baseUrl];
    const { status, find } = await examine(args);
    assert.deepEqual([status, find("live").level], [2, "failed"]);
    assert.deepEqual(sandbox().requests, []);
  });

  const invalid = [
    ["digest", "ALIKASSA_DIGEST", "md5", /^ALIKASSA_DIGEST must be sha1 or sha256$/],
    ["base_url", "ALIKASSA_BASE_URL", "http://x.y", /^the base URL must be https/],
    ["timeout", "ALIKASSA_TIMEOUT_MS", "abc", /^ALIKASSA_TIMEOUT_MS must be a whole number from 1 to 600000$/],
    ["account", "ALIKASSA_ACCOUNT", "two words", /^two words is not a UUID$/],
  ] as const;
  for (const [check, name, value, pattern] of invalid) {
    test(`names the invalid setting and checks the key: ${name}=${value}`, async () => {
      const env = { ALIKASSA_ACCOUNT: ACCOUNT, ALIKASSA_BASE_URL: sandbox().baseUrl, [name]: value };
      const { status, find, failed } = await examine(["--live", "--cert", cert], env);
      assert.deepEqual([status, failed], [2, [check, "live"]]);
      assert.match(find(check).detail, pattern);
      for (const sound of ["password", "key", "public_key", "signature"]) assert.equal(find(sound).level, "ok", sound);
      assert.deepEqual(sandbox().requests, []);
    });
  }

  test("names all invalid settings and a wrong password", async () => {
    const settings = Object.fromEntries(invalid.map(([, name, value]) => [name, value]));
    const { status, failed } = await examine([], { ...ARCHIVE_ENV, ALIKASSA_KEY_PASSWORD: "31337", ...settings });
    assert.deepEqual([status, failed], [2, ["password", ...invalid.map(([check]) => check)]]);
  });
});
