/** `status` of one payout. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import { ACCOUNT, archive, connection, jsonLines, run, suiteSandbox } from "./command.ts";

describe("status of one payout", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const ask = (...args: string[]) => run(["status", ...args, ...connection(sandbox())]);

  test("is a table of what AliKassa sent", async () => {
    const { status, stdout, stderr } = await ask("--id", "100000536");
    assert.deepEqual([status, stderr], [0, ""]);
    for (const row of [/│ payment_status +│ paid +│/, /│ amount +│ 300\.00 +│/, /│ is_final +│ true +│/])
      assert.match(stdout, row);
  });

  test("is one JSON document, field for field what AliKassa sent", async () => {
    const { status, stdout } = await ask("--order-id", "6422494", "--json");
    assert.equal(status, 0);
    // The specification's example, and what the library adds.
    assert.deepEqual(jsonLines(stdout), [
      {
        order_id: "6422494",
        id: "100000536",
        payment_status: "paid",
        amount: "300.00",
        payment_amount: "300.00",
        is_partial_payment: false,
        account_payment_amount: "290",
        commission_amount: "10",
        service_code: "payment_card_rub",
        rrn: "11111111111",
        account_old_balance: "1290",
        account_new_balance: "1000",
        is_final: true,
      },
    ]);
  });

  test("is a row of CSV", async () => {
    const { status, stdout } = await ask("--id", "100000604", "--csv");
    const [row, ...more] = parse(stdout, { columns: true }) as Record<string, string>[];
    assert.deepEqual([status, more], [0, []]);
    const { id, payout_state, payment_status, is_final, code } = row ?? {};
    assert.deepEqual([id, payout_state, payment_status, is_final, code], ["100000604", "known", "fail", "true", ""]);
  });

  test("that is not documented is passed on as it is", async () => {
    const { status, stdout } = await ask("--id", "100000605", "--json");
    const [{ payment_status, is_final } = {}] = jsonLines(stdout);
    assert.deepEqual([status, payment_status, is_final], [0, "refund", false]);
  });

  test("is unknown after a fault, in every form, and can't be taken for another", async () => {
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
    assertUnknown(json.stdout, "fault-500");
  });

  for (const fault of ["html", "empty", "cut", "404", "301"]) {
    test(`is unknown after ${fault}`, async () => {
      const { status, stdout } = await ask("--order-id", `fault-${fault}`, "--json");
      assert.equal(status, 1);
      assertUnknown(stdout, `fault-${fault}`);
    });
  }

  test("is unknown where AliKassa refuses, and its words are there", async () => {
    const { status, stdout } = await ask("--id", "unlisted", "--json");
    const [document] = jsonLines(stdout);
    assert.equal(status, 1);
    assert.deepEqual(document?.["errors"], { id: ["The selected id is invalid."] });
    assert.deepEqual([document?.["upstream_status"], document?.["retryable"]], [400, false]);
  });

  test("shows nothing of AliKassa's that would steer a terminal", async () => {
    const message = "\u001b[2J\u009b31m\r\n\u0007\u202efail";
    const body = JSON.stringify({ message, errors: { [message]: [message] } });
    sandbox().script("steering", Array(3).fill({ status: 400, body }));
    sandbox().addPayout(JSON.stringify({ payment_status: message, id: "steering-paid", rrn: message }));
    for (const id of ["steering", "steering-paid"]) {
      for (const form of [[], ["--csv"]]) {
        const { stdout } = await ask("--id", id, ...form);
        assert.ok(stdout.includes("[2J"));
        const shown = form.length > 0 ? /[^\P{Cc}\n]/u : /[^\P{C}\n]/u;
        assert.doesNotMatch(stdout, shown);
      }
    }
  });

  test("is unknown without an answer in time", async () => {
    const { status, stdout } = await ask("--order-id", "fault-hang", "--timeout-ms", "300", "--json");
    assert.deepEqual([status, jsonLines(stdout)[0]?.["code"]], [1, "upstream_timeout"]);
  });
});

/** That a document of JSON says of a payout that its state is unknown, and nothing else. */
function assertUnknown(json: string, order_id: string): void {
  const [document, ...more] = jsonLines(json);
  assert.deepEqual(more, []);
  assert.equal(document?.["payout_state"], "unknown");
  assert.equal(document?.["order_id"], order_id);
  assert.match(String(document?.["advice"]), /do not cancel or repeat/);
  assert.ok(!json.includes("payment_status"));
}

describe("the key and the account", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const fromWorker = () => ({
    ALIKASSA_PRIVATE_KEY: archive.privatePem,
    ALIKASSA_KEY_PASSWORD: `${archive.password}\n`,
    ALIKASSA_ACCOUNT: `${ACCOUNT}, 00000000-0000-4000-8000-000000000002`,
    ALIKASSA_BASE_URL: sandbox().baseUrl,
    ALIKASSA_DIGEST: "",
    ALIKASSA_TIMEOUT_MS: "5000",
  });
  const ask = (env: Record<string, string>, ...args: string[]) =>
    run(["status", "--id", "100000536", "--json", ...args], { env });

  test("come from the environment under the Worker's names", async () => {
    const { status, stdout } = await ask(fromWorker());
    assert.deepEqual([status, jsonLines(stdout)[0]?.["payment_status"]], [0, "paid"]);
  });

  test("of the options win over those of the environment", async () => {
    const env = { ...fromWorker(), ALIKASSA_ACCOUNT: "another", ALIKASSA_PRIVATE_KEY: "none" };
    assert.equal((await ask(env, ...connection(sandbox()))).status, 0);
  });

  const wrong: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
    "no key": [{ ALIKASSA_PRIVATE_KEY: "" }, /there is no private key: give --cert/],
    "no account": [{ ALIKASSA_ACCOUNT: " " }, /there is no account: give --account/],
    "a wrong password": [{ ALIKASSA_KEY_PASSWORD: "31337" }, /the password does not decrypt the key/],
    "no password": [{ ALIKASSA_KEY_PASSWORD: "" }, /the password does not decrypt the key/],
    "no PEM": [{ ALIKASSA_PRIVATE_KEY: "31337" }, /ALIKASSA_PRIVATE_KEY: the key contains no PEM block/],
    "another digest": [{ ALIKASSA_DIGEST: "md5" }, /ALIKASSA_DIGEST must be sha1 or sha256/],
    "a time without end": [{ ALIKASSA_TIMEOUT_MS: "never" }, /ALIKASSA_TIMEOUT_MS must be a whole number/],
    "a base URL without TLS": [{ ALIKASSA_BASE_URL: "http://example.com" }, /https/],
  };
  for (const [name, [env, pattern]] of Object.entries(wrong)) {
    test(`with ${name} are refused in one line that says what to do, with status 2`, async () => {
      const { status, stdout, stderr } = await ask({ ...fromWorker(), ...env });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.match(stderr, pattern);
      assert.ok(!stderr.includes("31337"));
    });
  }

  test("with --verbose the error says where it came from, and no secret", async () => {
    const env = { ...fromWorker(), ALIKASSA_KEY_PASSWORD: "31337" };
    const { status, stderr } = await ask(env, "--verbose");
    assert.equal(status, 2);
    assert.match(stderr, /code: bad_key/);
    assert.match(stderr, /\n +at /);
    assert.ok(!stderr.includes("31337"));
  });
});
