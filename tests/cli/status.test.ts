/** `status` of one payout. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import { SECOND_ACCOUNT } from "../fixtures/keys.ts";
import { SPECIFIED_PAYOUT } from "../fixtures/payouts.ts";
import { ACCOUNT, ARCHIVE_ENV, assertRefused, connection, jsonLines, run, useStatus } from "./command.ts";

describe("status of one payout", { concurrency: 2 }, () => {
  const { sandbox, status: ask } = useStatus();

  test("prints a table of AliKassa's answer", async () => {
    const { status, stdout, stderr } = await ask("--id", "100000536");
    assert.deepEqual([status, stderr], [0, ""]);
    for (const row of [/│ payment_status +│ paid +│/, /│ amount +│ 300\.00 +│/, /│ is_final +│ true +│/])
      assert.match(stdout, row);
  });

  test("prints one JSON document with each field of AliKassa's answer", async () => {
    const { status, stdout } = await ask("--order-id", "6422494", "--json");
    assert.deepEqual([status, jsonLines(stdout)], [0, [SPECIFIED_PAYOUT]]);
  });

  test("prints a row of CSV", async () => {
    const { status, stdout } = await ask("--id", "100000604", "--csv");
    const [row, ...more] = parse(stdout, { columns: true }) as Record<string, string>[];
    assert.deepEqual([status, more], [0, []]);
    const { id, payout_state, payment_status, is_final, code } = row ?? {};
    assert.deepEqual([id, payout_state, payment_status, is_final, code], ["100000604", "known", "fail", "true", ""]);
  });

  test("passes on an undocumented status, which is not final", async () => {
    const { status, stdout } = await ask("--id", "100000605", "--json");
    const [{ payment_status, is_final } = {}] = jsonLines(stdout);
    assert.deepEqual([status, payment_status, is_final], [0, "refund", false]);
  });

  test("prints an unknown state without a status, in every form", async () => {
    const query = ["--order-id", "fault-500"];
    const forms = [ask(...query), ask(...query, "--csv"), ask(...query, "--json")] as const;
    const [table, csv, json] = await Promise.all(forms);
    for (const { status, stdout } of [table, csv, json]) {
      assert.equal(status, 1);
      assert.doesNotMatch(stdout, /\b(?:paid|fail|failed|wait)\b/);
    }
    assert.match(table.stdout, /│ payout_state +│ unknown +│/);
    assert.doesNotMatch(table.stdout, /payment_status/);
    const [row] = parse(csv.stdout, { columns: true }) as Record<string, string>[];
    assert.deepEqual([row?.["payout_state"], row?.["payment_status"]], ["unknown", ""]);
  });

  for (const [fault, code, ...args] of [
    ["500", "upstream_status"],
    ["html", "upstream_invalid"],
    ["empty", "upstream_invalid"],
    ["cut", "upstream_unreachable"],
    ["404", "upstream_status"],
    ["301", "upstream_status"],
    ["hang", "upstream_timeout", "--timeout-ms", "300"],
  ] as const) {
    test(`is unknown after the fault ${fault}`, async () => {
      const { status, stdout } = await ask("--order-id", `fault-${fault}`, "--json", ...args);
      const [document, ...more] = jsonLines(stdout);
      assert.deepEqual([status, more], [1, []]);
      const { payout_state, order_id, advice } = document ?? {};
      assert.deepEqual([payout_state, order_id, document?.["code"]], ["unknown", `fault-${fault}`, code]);
      assert.match(String(advice), /do not cancel or repeat/);
      assert.ok(!stdout.includes("payment_status"));
    });
  }

  test("is unknown with AliKassa's errors after a refusal", async () => {
    const { status, stdout } = await ask("--id", "unlisted", "--json");
    const [document] = jsonLines(stdout);
    assert.equal(status, 1);
    assert.deepEqual(document?.["errors"], { id: ["The selected id is invalid."] });
    assert.deepEqual([document?.["upstream_status"], document?.["retryable"]], [400, false]);
  });

  test("prints no control characters from AliKassa", async () => {
    const message = "\u001b[2J\u009b31m\r\n\u0007\u202efail";
    const body = JSON.stringify({ message, errors: { [message]: [message] } });
    sandbox().script("steering", Array(3).fill({ status: 400, body }));
    sandbox().addPayout(JSON.stringify({ payment_status: message, id: "steering-paid", rrn: message }));
    for (const id of ["steering", "steering-paid"]) {
      for (const form of [[], ["--csv"]]) {
        const { stdout } = await ask("--id", id, ...form);
        assert.ok(stdout.includes("[2J"));
        assert.doesNotMatch(stdout, form.length > 0 ? /[^\P{Cc}\n]/u : /[^\P{C}\n]/u);
      }
    }
  });
});

describe("the settings of status", { concurrency: 2 }, () => {
  const { sandbox } = useStatus();
  const ask = (changes: Record<string, string>, ...args: string[]) => {
    const env = {
      ALIKASSA_PRIVATE_KEY: ARCHIVE_ENV.ALIKASSA_PRIVATE_KEY,
      ALIKASSA_KEY_PASSWORD: `${ARCHIVE_ENV.ALIKASSA_KEY_PASSWORD}\n`,
      ALIKASSA_ACCOUNT: `${ACCOUNT}, ${SECOND_ACCOUNT}`,
      ALIKASSA_BASE_URL: sandbox().baseUrl,
      ALIKASSA_DIGEST: "",
      ALIKASSA_TIMEOUT_MS: "5000",
      ...changes,
    };
    return run(["status", "--id", "100000536", "--json", ...args], { env });
  };

  test("are read from the environment, under the Worker's names", async () => {
    const { status, stdout } = await ask({});
    assert.deepEqual([status, jsonLines(stdout)[0]?.["payment_status"]], [0, "paid"]);
  });

  test("prefer options to the environment", async () => {
    const wrong = { ALIKASSA_ACCOUNT: "another", ALIKASSA_PRIVATE_KEY: "none" };
    assert.equal((await ask(wrong, ...connection(sandbox()))).status, 0);
  });

  for (const [name, value, pattern] of [
    ["ALIKASSA_PRIVATE_KEY", "", /there is no private key: give --cert/],
    ["ALIKASSA_ACCOUNT", " ", /there is no account: give --account/],
    ["ALIKASSA_KEY_PASSWORD", "31337", /the password does not decrypt the key/],
    ["ALIKASSA_KEY_PASSWORD", "", /the password does not decrypt the key/],
    ["ALIKASSA_PRIVATE_KEY", "31337", /ALIKASSA_PRIVATE_KEY: the key contains no PEM block/],
    ["ALIKASSA_DIGEST", "md5", /ALIKASSA_DIGEST must be sha1 or sha256/],
    ["ALIKASSA_TIMEOUT_MS", "never", /ALIKASSA_TIMEOUT_MS must be a whole number/],
    ["ALIKASSA_BASE_URL", "http://example.com", /https/],
  ] as const) {
    test(`are refused in one line: ${name}=${value}`, async () => {
      const ended = await ask({ [name]: value });
      assertRefused(ended, pattern);
      assert.ok(!ended.stderr.includes("31337"));
    });
  }

  test("are refused with code and stack after --verbose, without a secret", async () => {
    const { status, stderr } = await ask({ ALIKASSA_KEY_PASSWORD: "31337" }, "--verbose");
    assert.equal(status, 2);
    assert.match(stderr, /code: bad_key/);
    assert.match(stderr, /\n +at /);
    assert.ok(!stderr.includes("31337"));
  });
});
