/** `sign`, `secrets`, `sandbox`, and what all commands have. */
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  ACCOUNT,
  ARCHIVE_ENV,
  archive,
  assertNoSecret,
  assertRefused,
  cert,
  fileWith,
  folderWith,
  fresh,
  jsonLines,
  ROOT,
  run,
  start,
} from "./command.ts";

describe("sign", { concurrency: 2 }, () => {
  const body = Buffer.from([...Buffer.from('{"order_id":"Ёж"}'), 0, 0xff, 0x80]);
  const assertSigns = (bytes: Uint8Array | string, base64: unknown, digest = "RSA-SHA1") =>
    assert.ok(verify(digest, Buffer.from(bytes), archive.publicPem, Buffer.from(String(base64), "base64")));

  test("signs the bytes of standard input", async () => {
    const { status, stdout, stderr } = await run(["sign", "--cert", cert], { input: body });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^[A-Za-z\d+/]{342}==\n$/);
    assertSigns(body, stdout);
  });

  test("signs the bytes of a file, with another digest", async () => {
    const { stdout } = await run(["sign", fileWith(body, "body.json"), "--cert", cert, "--digest", "sha256", "--json"]);
    assertSigns(body, jsonLines(stdout)[0]?.["sign"], "RSA-SHA256");
  });

  test("signs a last line break, with a remark", async () => {
    const { status, stdout, stderr } = await run(["sign", "-", "--cert", cert], { input: "[]\n" });
    assert.equal(status, 0);
    assertSigns("[]\n", stdout);
    assert.match(stderr, /The line break at the end of standard input is signed, too/);
  });

  test("reads the key from the environment", async () => {
    assertSigns("[]", (await run(["sign"], { env: ARCHIVE_ENV, input: "[]" })).stdout);
  });

  test("refuses a missing file", async () => {
    const ended = await run(["sign", "none.json", "--cert", cert]);
    assertRefused(ended, /^error: none\.json, the body, does not exist: check the path\n$/);
  });

  test("prints the cause of a refusal after --verbose", async () => {
    const { stderr } = await run(["sign", "none.json", "--cert", cert, "--verbose"]);
    assert.match(stderr, /^error: [^\n]+\n/);
    assert.match(stderr, /ENOENT/);
  });
});

describe("secrets", { concurrency: 2 }, () => {
  const secrets = (args: readonly string[], env = {}) => start(["secrets", ...args], { env }).ended;

  test("prints the input of wrangler secret bulk", async () => {
    const env = { API_TOKENS: "one,two", ALIKASSA_NOTIFICATION_KEY: archive.publicPem };
    const { status, stdout, stderr } = await secrets(["--cert", cert, "--account", `${ACCOUNT},other`], env);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(JSON.parse(stdout), {
      ...ARCHIVE_ENV,
      ALIKASSA_ACCOUNT: `${ACCOUNT},other`,
      API_TOKENS: "one,two",
      ALIKASSA_NOTIFICATION_KEY: archive.publicPem.trim(),
    });
  });

  test("names the missing ones", async () => {
    const key = fileWith(archive.publicPem, "notification.pem");
    const { status, stdout, stderr } = await secrets(["--cert", cert, "--notification-key", key]);
    assert.equal(status, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout)), [...Object.keys(ARCHIVE_ENV), "ALIKASSA_NOTIFICATION_KEY"]);
    assert.match(stderr, /ALIKASSA_ACCOUNT is left out: give --account/);
    assert.match(stderr, /API_TOKENS is left out/);
    assertNoSecret(stderr);
  });

  test("refuses an archive that does not open", async () => {
    const folder = folderWith({ "private.pem": archive.privatePem, "password.txt": "another" });
    assertRefused(await secrets(["--cert", folder, "--account", ACCOUNT]));
  });
});

describe("sandbox", () => {
  test("answers the command until a signal ends it", async () => {
    const folder = fresh("sandbox");
    const running = start(["sandbox", "--account", ACCOUNT, "--archive", folder]);
    const [text] = await once(running.child.stdout ?? assert.fail(), "data");
    const [url] = String(text).split("\n");
    const args = ["--cert", folder, "--account", ACCOUNT, "--base-url", url ?? "", "--json"];
    const { status, stdout } = await run(["status", "--id", "100000536", ...args]);
    assert.deepEqual([status, jsonLines(stdout)[0]?.["payment_status"]], [0, "paid"]);
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    assert.match(ended.stdout, /"id":"100000536","status":200,"outcome":"payout"/);
  });

  test("prints its options", async () => {
    const { status, stdout } = await run(["sandbox", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /fault-hang/);
  });

  test("refuses a port that is out of range", async () => {
    const ended = await run(["sandbox", "--port", "99999", "--account", ACCOUNT, "--archive", fresh("none")]);
    assertRefused(ended, /^error: --port must be a whole number [^\n]+: see alikassa-edge sandbox --help\n$/);
  });
});

describe("every command", { concurrency: 2 }, () => {
  for (const name of ["status", "doctor", "sign", "verify", "secrets"]) {
    test(`has help with examples: ${name}`, async () => {
      const { status, stdout, stderr } = await run([name, "--help"]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`Examples:\\n(?:.*\\| )?.*alikassa-edge ${name} `));
      if (name === "status") assert.equal((await run(["help", name])).stdout, stdout);
    });
  }

  test("is in the general help", async () => {
    const { status, stdout } = await run(["--help"]);
    assert.equal(status, 0);
    for (const name of ["status", "doctor", "sign", "verify", "secrets", "sandbox"])
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
  });

  test("has the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    assert.equal((await run(["--version"])).stdout, `${version}\n`);
  });

  for (const [name, args] of Object.entries<readonly string[]>({
    "a missing command": [],
    "an unknown command": ["pay"],
    "an unknown option": ["status", "--id", "1", "--password", "31337"],
    "a missing payout": ["status", "--cert", cert, "--account", ACCOUNT],
    "two payouts": ["status", "--id", "1", "--order-id", "2"],
    "an id twice": ["status", "--id", "1", "--id", "2"],
    "an empty id": ["status", "--id", ""],
    "a payout and a file": ["status", "--id", "1", "--file", "ids.csv"],
    "--wait with a file": ["status", "--file", "ids.csv", "--wait"],
    "--output with one payout": ["status", "--id", "1", "--output", "x.jsonl"],
    "--again without --output": ["status", "--file", "ids.csv", "--again"],
    "two forms": ["status", "--id", "1", "--json", "--csv"],
    "a time limit of 0": ["status", "--id", "1", "--timeout-ms", "0"],
    "an exponent as number": ["status", "--file", "ids.csv", "--concurrency", "1e3"],
    "an unknown digest": ["sign", "--digest", "md5"],
    "doctor --id without --live": ["doctor", "--cert", cert, "--id", "1"],
    "too many arguments": ["doctor", "cert"],
  })) {
    test(`refuses ${name} with status 2`, async () => {
      const { status, stdout, stderr } = await run(args, { env: { ALIKASSA_BASE_URL: "http://127.0.0.1:9" } });
      assert.deepEqual([status, stdout], [2, ""]);
      if (args.length > 0) assert.match(stderr, /^error: [^\n]+\n(?:\(Did you mean [^\n]+\n)?$/);
      assert.ok(!stderr.includes("31337"));
    });
  }
});
