/** `doctor`: what it finds, against what PHP, OpenSSL and Node say of the same keys. */
import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeArchive } from "../../dist/sandbox/index.js";
import { readKeyForm } from "../../js/cli/key-form.ts";
import { ACCOUNT, archive, cert, connection, folderWith, jsonLines, ROOT, run, suiteSandbox } from "./command.ts";

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

async function examine(...args: string[]) {
  const { status, stdout, stderr } = await run(["doctor", "--json", ...args]);
  assert.equal(stderr, "");
  const [report, ...more] = jsonLines(stdout) as unknown as Report[];
  assert.ok(report !== undefined && more.length === 0);
  const find = (check: string) => report.findings.find((finding) => finding.check === check) ?? assert.fail(check);
  for (const { level, remedy, check } of report.findings)
    if (level !== "ok") assert.ok(remedy !== undefined && remedy !== "", `${check} has no remedy`);
  return { status, report, find };
}

const vector = (path: string) => readFileSync(join(ROOT, "tests", "vectors", path), "utf8");
const vectors = (name: string): Readonly<Record<string, string | null>>[] => JSON.parse(vector(name));
const other = makeArchive({ password: "x" });

describe("a valid archive", { concurrency: 2 }, () => {
  test("passes, with its form, its size and its fingerprint", async () => {
    const { status, report, find } = await examine("--cert", cert, "--account", ACCOUNT);
    assert.equal(status, 0);
    assert.equal(report.ok, true);
    for (const { check, level } of report.findings) assert.equal(level, "ok", check);
    assert.deepEqual(
      report.findings.map(({ check }) => check),
      ["format", "cipher", "permissions", "password", "key", "fingerprint", "public_key", "signature", "account"],
    );
    const der = createPublicKey(archive.publicPem).export({ type: "spki", format: "der" });
    const fingerprint = createHash("sha256").update(der).digest("hex");
    assert.deepEqual(report.key, {
      label: "ENCRYPTED PRIVATE KEY",
      encryption: { scheme: "PBES2", kdf: "PBKDF2 with HMAC-SHA-256, 2048 rounds", cipher: "DES-EDE3-CBC" },
      bits: 2048,
      fingerprint,
    });
    assert.equal(find("key").detail, "RSA, 2048 bits");
    assert.equal(find("fingerprint").detail, fingerprint);
    assert.match(find("signature").detail, /sha1 verifies/);
  });

  test("signs with the digest that is wanted", async () => {
    const { find } = await examine("--cert", cert, "--digest", "sha256");
    assert.match(find("signature").detail, /sha256 verifies/);
  });

  test("is printed in lines", async () => {
    const { status, stdout } = await run(["doctor", "--cert", cert]);
    assert.equal(status, 0);
    assert.match(stdout, /^✔ format {7}PEM, ENCRYPTED PRIVATE KEY, PBES2\n✔ cipher {7}DES-EDE3-CBC, key from PBKDF2/);
    assert.match(stdout, /\n✔ password {5}the private key opens\n/);
    assert.match(stdout, /\n- account {6}no account was given\n {2,}→ give --account/);
  });

  test("may come from the environment, without a public.pem", async () => {
    const env = { ALIKASSA_PRIVATE_KEY: archive.privatePem, ALIKASSA_KEY_PASSWORD: archive.password };
    const { status, stdout } = await run(["doctor"], { env });
    assert.equal(status, 0);
    assert.match(stdout, /- public_key {3}there is no public\.pem to compare with\n/);
  });
});

const unsound: Readonly<Record<string, readonly [Record<string, string>, string, RegExp]>> = {
  "another archive's password": [
    { "private.pem": archive.privatePem, "password.txt": "31337", "public.pem": archive.publicPem },
    "password",
    /the password does not decrypt the key/,
  ],
  "no password": [{ "private.pem": archive.privatePem }, "password", /encrypted, but the password is missing/],
  "another archive's public.pem": [
    { "private.pem": archive.privatePem, "password.txt": archive.password, "public.pem": other.publicPem },
    "public_key",
    /belongs to another private key/,
  ],
  "a public.pem that is none": [
    { "private.pem": archive.privatePem, "password.txt": archive.password, "public.pem": "Dear all" },
    "public_key",
    /can't be read/,
  ],
  "a private key as public.pem": [
    { "private.pem": vector("keys/plain-2048.pem"), "public.pem": vector("keys/plain-2048.pem") },
    "public_key",
    /it contains no public key/,
  ],
  "a text as private.pem": [{ "private.pem": "Dear all" }, "format", /contains no private key/],
  "a public key as private.pem": [{ "private.pem": archive.publicPem }, "password", /no private key/],
  "a cipher that is not supported": [
    { "private.pem": vector("refused/pbes2-camellia-256-cbc.pem"), "password.txt": "x" },
    "password",
    /is not supported/,
  ],
};

describe("an invalid archive", { concurrency: 2 }, () => {
  for (const [name, [files, check, pattern]] of Object.entries(unsound)) {
    test(`fails with a remedy: ${name}`, async () => {
      const { status, report, find } = await examine("--cert", folderWith(files));
      assert.deepEqual([status, report.ok], [2, false]);
      assert.equal(find(check).level, "failed");
      assert.match(find(check).detail, pattern);
    });
  }

  test("with another archive's public.pem has a trial signature that does not verify", async () => {
    const files = {
      "private.pem": archive.privatePem,
      "password.txt": archive.password,
      "public.pem": other.publicPem,
    };
    const { find } = await examine("--cert", folderWith(files));
    assert.equal(find("signature").level, "failed");
  });

  test("without private.pem is refused in one line", async () => {
    const { status, stderr } = await run(["doctor", "--cert", folderWith({})]);
    assert.equal(status, 2);
    assert.match(stderr, /^error: \S+private\.pem, the private key of the archive, does not exist: check the path\n$/);
  });

  test("is warned of where others may read it, where it is in the clear, and where it is small", async () => {
    const folder = folderWith({ "private.pem": vector("keys/plain-1024.pem") });
    chmodSync(join(folder, "private.pem"), 0o644);
    const { status, find } = await examine("--cert", folder);
    assert.equal(status, 0);
    for (const check of ["cipher", "permissions", "key"]) assert.equal(find(check).level, "warning", check);
    assert.match(find("permissions").remedy ?? "", /^chmod 600 \S+private\.pem$/);
  });

  test("with an account that is no UUID is found so", async () => {
    const { status, find } = await examine("--cert", cert, "--account", "93d5df06");
    assert.deepEqual([status, find("account").level], [2, "failed"]);
  });
});

describe("doctor --live", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const live = (...args: string[]) => examine("--live", ...connection(sandbox()), ...args);

  test("passes if AliKassa accepts the signature", async () => {
    const { status, find } = await live("--id", "100000601");
    assert.equal(status, 0);
    assert.match(find("live").detail, /answered v1\/account\/info: it accepts account, key and digest/);
    assert.match(find("live_payout").detail, /payment_status of 100000601 is wait/);
  });

  test("says what AliKassa says where it refuses the signature", async () => {
    const { status, find } = await live("--digest", "sha256");
    assert.equal(status, 2);
    assert.equal(find("live").level, "failed");
    assert.match(find("live").detail, /HTTP status 400: The given data was invalid\. sign: The sign is invalid\./);
    assert.match(find("live").remedy ?? "", /--digest/);
  });

  test("says so where AliKassa does not know the account", async () => {
    const args = connection(sandbox());
    args[3] = "00000000-0000-4000-8000-000000000009";
    const { status, find } = await examine("--live", ...args);
    assert.deepEqual([status, find("live").level], [2, "failed"]);
    assert.match(find("live").detail, /account: The selected account is invalid\./);
  });

  test("is unknown without an answer", async () => {
    // Nothing listens on the port of "discard".
    const { status, report, find } = await examine("--live", ...connection({ baseUrl: "http://127.0.0.1:9" }));
    assert.deepEqual([status, report.ok, find("live").level], [1, false, "unknown"]);
  });

  test("is unknown without an answer for the payout", async () => {
    const { status, find } = await live("--order-id", "fault-500");
    assert.deepEqual([status, find("live").level, find("live_payout").level], [1, "ok", "unknown"]);
    assert.doesNotMatch(find("live_payout").detail, /paid|fail|wait/);
  });

  for (const [order_id, upstream] of [
    ["fault-message", 400],
    ["fault-404", 404],
    ["unlisted", 400],
  ] as const) {
    test(`is unknown if the payout is refused: ${order_id}`, async () => {
      const { status, report, find } = await live("--order-id", order_id);
      assert.deepEqual([status, report.ok, find("live").level], [1, false, "ok"]);
      const { level, detail, remedy = "" } = find("live_payout");
      assert.equal(level, "unknown");
      assert.match(
        detail,
        new RegExp(`^the payout's state is unknown: AliKassa answered with HTTP status ${upstream}`),
      );
      assert.match(remedy, /do not cancel or repeat it/);
      assert.ok(!JSON.stringify(report).includes("fail"));
    });
  }
});

describe("doctor --live with a key that does not open", () => {
  const sandbox = suiteSandbox();

  test("sends no request", async () => {
    const folder = folderWith({ "private.pem": archive.privatePem });
    const args = ["--cert", folder, "--account", ACCOUNT, "--base-url", sandbox().baseUrl];
    const { status, find } = await examine("--live", ...args);
    assert.deepEqual([status, find("live").level], [2, "failed"]);
    assert.deepEqual(sandbox().requests, []);
  });
});

describe("the form of a key", () => {
  /** The words of `openssl asn1parse`, as tests/vectors has them, in our own. */
  function inOurWords(der: string): string {
    const [scheme = "", ...words] = der.split(" ");
    if (der.endsWith("PRIVATE KEY")) return der;
    if (scheme === "DEK-Info") return `DEK-Info, EVP_BytesToKey with MD5, 1 round, ${words[0]}`;
    if (scheme === "pbeWithMD5AndDES-CBC") return `${scheme}, MD5, ${words[0]} rounds, DES-CBC`;
    if (scheme.startsWith("pbeWithSHA1And3-Key")) return `${scheme}, SHA-1, ${words[0]} rounds, DES-EDE3-CBC`;
    const [kdf, ...numbers] = words.slice(0, -1);
    const cipher = words.at(-1)?.toUpperCase();
    if (kdf === "scrypt") return `PBES2, scrypt with N ${numbers[0]}, r ${numbers[1]}, p ${numbers[2]}, ${cipher}`;
    const prf = numbers.find((word) => word.startsWith("hmac"))?.replace("hmacWithSHA", "") ?? "1";
    const hash = prf.replace(/^512-(?=2)/, "512/");
    return `PBES2, PBKDF2 with HMAC-SHA-${hash}, ${numbers[0]} ${numbers[0] === "1" ? "round" : "rounds"}, ${cipher}`;
  }

  test("is what openssl asn1parse sees, for every key of the vectors", () => {
    const keys = vectors("keys.json");
    assert.ok(keys.length > 100);
    for (const { file, der } of keys) {
      const { label, encryption } = readKeyForm(vector(`keys/${file}`)) ?? assert.fail(file ?? "");
      const { scheme, kdf, cipher } = encryption ?? {};
      const said = encryption === undefined ? label : `${scheme}, ${kdf}, ${cipher}`;
      assert.equal(said, inOurWords(der ?? ""), file ?? "");
    }
  });

  test("is read however the key was pasted", () => {
    const mangled = vectors("mangled.json");
    assert.ok(mangled.length > 20);
    for (const { name, text } of mangled) assert.ok(readKeyForm(text ?? "") !== undefined, name ?? "");
  });

  test("is read of every damaged key without an exception", () => {
    const refused = vectors("refused.json");
    assert.ok(refused.length > 50);
    for (const { file } of refused) readKeyForm(vector(`refused/${file}`));
  });
});

describe("doctor with an invalid setting", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const settings: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    timeout: ["ALIKASSA_TIMEOUT_MS", "abc", /^ALIKASSA_TIMEOUT_MS must be a whole number from 1 to 600000$/],
    base_url: ["ALIKASSA_BASE_URL", "http://x.y", /^the base URL must be https/],
    account: ["ALIKASSA_ACCOUNT", "two words", /^two words is not a UUID$/],
    digest: ["ALIKASSA_DIGEST", "md5", /^ALIKASSA_DIGEST must be sha1 or sha256$/],
  };
  for (const [check, [name, value, pattern]] of Object.entries(settings)) {
    test(`names it and still checks the key: ${name}=${value}`, async () => {
      const sound = { ALIKASSA_ACCOUNT: ACCOUNT, ALIKASSA_BASE_URL: sandbox().baseUrl };
      const env = { ...sound, [name]: value };
      const { status, stdout, stderr } = await run(["doctor", "--json", "--live", "--cert", cert], { env });
      assert.deepEqual([status, stderr], [2, ""]);
      const [{ findings } = assert.fail()] = jsonLines(stdout) as unknown as Report[];
      assert.deepEqual(
        findings.filter(({ level }) => level === "failed").map((finding) => finding.check),
        [check, "live"],
      );
      assert.match(findings.find((finding) => finding.check === check)?.detail ?? "", pattern);
      for (const sound of ["password", "key", "public_key", "signature"])
        assert.equal(findings.find((finding) => finding.check === sound)?.level, "ok", sound);
      assert.deepEqual(sandbox().requests, []);
    });
  }

  test("names each, and the key that does not open", async () => {
    const env = Object.fromEntries(Object.values(settings).map(([name, value]) => [name, value]));
    const archived = { ALIKASSA_PRIVATE_KEY: archive.privatePem, ALIKASSA_KEY_PASSWORD: "31337" };
    const { status, stdout } = await run(["doctor", "--json"], { env: { ...env, ...archived } });
    const [{ findings } = assert.fail()] = jsonLines(stdout) as unknown as Report[];
    const failed = findings.filter(({ level }) => level === "failed").map(({ check }) => check);
    assert.deepEqual([status, failed], [2, ["password", "digest", "base_url", "timeout", "account"]]);
  });
});
