/** `sign`, `secrets`, `sandbox`, and what all commands have. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  ACCOUNT,
  archive,
  assertNoSecret,
  cert,
  fileWith,
  folderWith,
  fresh,
  jsonLines,
  ROOT,
  run,
  start,
} from "./command.ts";

const publicKey = createPublicKey(archive.publicPem);

describe("sign", { concurrency: 2 }, () => {
  const body = Buffer.from([...Buffer.from('{"order_id":"Ёж"}'), 0, 0xff, 0x80]);

  test("signs exactly the bytes of standard input", async () => {
    const { status, stdout, stderr } = await run(["sign", "--cert", cert], { input: body });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^[A-Za-z\d+/]{342}==\n$/);
    assert.ok(verify("RSA-SHA1", body, publicKey, Buffer.from(stdout, "base64")));
  });

  test("signs exactly the bytes of a file, with the digest that is wanted", async () => {
    const { stdout } = await run(["sign", fileWith(body, "body.json"), "--cert", cert, "--digest", "sha256", "--json"]);
    const [{ sign } = {}] = jsonLines(stdout);
    assert.ok(verify("RSA-SHA256", body, publicKey, Buffer.from(String(sign), "base64")));
  });

  test("says so where a line break at the end is signed, too", async () => {
    const { status, stdout, stderr } = await run(["sign", "-", "--cert", cert], { input: "[]\n" });
    assert.equal(status, 0);
    assert.ok(verify("RSA-SHA1", Buffer.from("[]\n"), publicKey, Buffer.from(stdout, "base64")));
    assert.match(stderr, /The line break at the end of standard input is signed, too/);
  });

  test("takes the key from the environment, too", async () => {
    const env = { ALIKASSA_PRIVATE_KEY: archive.privatePem, ALIKASSA_KEY_PASSWORD: archive.password };
    const { stdout } = await run(["sign"], { env, input: "[]" });
    assert.ok(verify("RSA-SHA1", Buffer.from("[]"), publicKey, Buffer.from(stdout, "base64")));
  });

  test("of a file that is not there is refused", async () => {
    const { status, stdout, stderr } = await run(["sign", "none.json", "--cert", cert]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^error: none\.json, the body, does not exist: check the path\n$/);
  });
});

describe("secrets", { concurrency: 2 }, () => {
  const secrets = (args: readonly string[], env = {}) => start(["secrets", ...args], { env }).ended;

  test("are what wrangler secret bulk reads: the texts as they are, under the Worker's names", async () => {
    const env = { API_TOKENS: "one,two", ALIKASSA_NOTIFICATION_KEY: archive.publicPem };
    const { status, stdout, stderr } = await secrets(["--cert", cert, "--account", `${ACCOUNT},other`], env);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(JSON.parse(stdout), {
      ALIKASSA_PRIVATE_KEY: archive.privatePem,
      ALIKASSA_KEY_PASSWORD: archive.password,
      ALIKASSA_ACCOUNT: `${ACCOUNT},other`,
      API_TOKENS: "one,two",
      ALIKASSA_NOTIFICATION_KEY: archive.publicPem.trim(),
    });
  });

  test("say what is left out", async () => {
    const key = fileWith(archive.publicPem, "notification.pem");
    const { status, stdout, stderr } = await secrets(["--cert", cert, "--notification-key", key]);
    assert.equal(status, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout)), [
      "ALIKASSA_PRIVATE_KEY",
      "ALIKASSA_KEY_PASSWORD",
      "ALIKASSA_NOTIFICATION_KEY",
    ]);
    assert.match(stderr, /ALIKASSA_ACCOUNT is left out: give --account/);
    assert.match(stderr, /API_TOKENS is left out/);
    assertNoSecret(stderr);
  });

  test("of an archive that does not open are not printed", async () => {
    const folder = folderWith({ "private.pem": archive.privatePem, "password.txt": "another" });
    const { status, stdout } = await secrets(["--cert", folder, "--account", ACCOUNT]);
    assert.deepEqual([status, stdout], [2, ""]);
  });
});

describe("sandbox", () => {
  test("serves until a signal, and answers the same command", async () => {
    const folder = fresh("sandbox");
    const running = start(["sandbox", "--account", ACCOUNT, "--archive", folder]);
    const url = await new Promise<string>((resolve) =>
      running.child.stdout?.once("data", (text: string) => resolve(text.split("\n")[0] ?? "")),
    );
    const args = ["--cert", folder, "--account", ACCOUNT, "--base-url", url, "--json"];
    const { status, stdout } = await run(["status", "--id", "100000536", ...args]);
    assert.deepEqual([status, jsonLines(stdout)[0]?.["payment_status"]], [0, "paid"]);
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    assert.match(ended.stdout, /"id":"100000536","status":200,"outcome":"payout"/);
  });

  test("prints its options, and refuses others", async () => {
    const { status, stdout } = await run(["sandbox", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /fault-hang/);
    const refused = await run(["sandbox", "--port", "99999", "--account", ACCOUNT, "--archive", fresh("none")]);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^error: --port must be a whole number [^\n]+: see alikassa-edge sandbox --help\n$/);
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

  test("is in the help of all, and the version is the package's", async () => {
    const { status, stdout } = await run(["--help"]);
    assert.equal(status, 0);
    for (const name of ["status", "doctor", "sign", "verify", "secrets", "sandbox"])
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    assert.equal((await run(["--version"])).stdout, `${version}\n`);
  });

  const usage: Readonly<Record<string, readonly string[]>> = {
    "no command": [],
    "a command that there is not": ["pay"],
    "an option that there is not": ["status", "--id", "1", "--password", "31337"],
    "no payout": ["status", "--cert", cert, "--account", ACCOUNT],
    "two payouts": ["status", "--id", "1", "--order-id", "2"],
    "an id twice": ["status", "--id", "1", "--id", "2"],
    "an empty id": ["status", "--id", ""],
    "a payout and a file": ["status", "--id", "1", "--file", "ids.csv"],
    "waiting for a file": ["status", "--file", "ids.csv", "--wait"],
    "an output of one payout": ["status", "--id", "1", "--output", "x.jsonl"],
    "asking again into nothing": ["status", "--file", "ids.csv", "--again"],
    "two forms": ["status", "--id", "1", "--json", "--csv"],
    "a time without end": ["status", "--id", "1", "--timeout-ms", "0"],
    "a concurrency that is none": ["status", "--file", "ids.csv", "--concurrency", "1e3"],
    "a digest that there is not": ["sign", "--digest", "md5"],
    "a payout for doctor without --live": ["doctor", "--cert", cert, "--id", "1"],
    "an argument too many": ["doctor", "cert"],
  };
  for (const [name, args] of Object.entries(usage)) {
    test(`with ${name} ends with status 2, and sends nothing`, async () => {
      const { status, stdout, stderr } = await run(args, { env: { ALIKASSA_BASE_URL: "http://127.0.0.1:9" } });
      assert.deepEqual([status, stdout], [2, ""]);
      if (args.length > 0) assert.match(stderr, /^error: [^\n]+\n(?:\(Did you mean [^\n]+\n)?$/);
      assert.ok(!stderr.includes("31337"));
    });
  }

  test("prints the cause with --verbose", async () => {
    const { stderr } = await run(["sign", "none.json", "--cert", cert, "--verbose"]);
    assert.match(stderr, /^error: [^\n]+\n/);
    assert.match(stderr, /ENOENT/);
  });
});
