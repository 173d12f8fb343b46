/**
 * Five hundred payouts from a file, of which AliKassa answers every tenth with a fault, interrupted in the middle and taken
 * up again: each stands in the output once, and nothing is asked twice.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { payoutJson, type Sandbox, type Step, startSandbox } from "../../dist/sandbox/index.js";
import {
  ACCOUNT,
  archive,
  connection,
  type Ended,
  fileWith,
  fresh,
  jsonLines,
  namesBeside,
  type Running,
  start,
} from "./command.ts";

const COUNT = 500;
const STATUSES = ["paid", "wait", "cancel", "fail", "refund"];

/** What an answer can be spoilt by. */
const FAULTS: readonly Step[] = [
  { status: 500 },
  { status: 400, body: '{"message":"The given data was invalid.","errors":{"sign":["The sign is invalid."]}}' },
  { status: 200, body: "" },
  { status: 200, body: "<html>Maintenance</html>" },
  { status: 200, body: '{"payment_status":"fail","id":"1"}' },
  { status: 200, body: '{"id":"ID","payment_status":null}' },
  { status: 302, headers: { Location: "/elsewhere" } },
  "cut",
  { status: 503 },
];

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly isFaulty: boolean;
}

const LISTED: readonly Listed[] = Array.from({ length: COUNT }, (_, at) => ({
  id: String(200_000_000 + at),
  status: STATUSES[at % STATUSES.length] ?? assert.fail(),
  isFaulty: at % 10 === 7,
}));

/** A sandbox that knows all of them, and calls back at each question. */
async function sandboxOf500(onRequest: () => void): Promise<Sandbox> {
  const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, onRequest });
  for (const [at, { id, status, isFaulty }] of LISTED.entries()) {
    sandbox.addPayout(payoutJson({ id, order_id: `order-${at}`, statusJson: JSON.stringify(status) }));
    const fault = FAULTS[Math.floor(at / 10) % FAULTS.length] ?? assert.fail();
    // Enough for two runs, each of which asks three times at the most.
    if (isFaulty) sandbox.script(id, Array(6).fill(fault));
  }
  return sandbox;
}

/** The ids that the sandbox was asked for. */
function idsOf(requests: Sandbox["requests"]): string[] {
  return requests.flatMap(({ key }) => (key !== undefined && "id" in key ? [key.id] : []));
}

/** That each of the five hundred stands there once, and says what is known of it and no more. */
function assertComplete(output: string): void {
  const text = readFileSync(output, "utf8");
  const byId = Map.groupBy(jsonLines(text), ({ id }) => id);
  assert.equal(byId.size, COUNT);
  for (const { id, status, isFaulty } of LISTED) {
    const [line, ...more] = byId.get(id) ?? [];
    assert.ok(line !== undefined && more.length === 0, id);
    assert.equal(line["payment_status"], isFaulty ? undefined : status, id);
    assert.equal(line["payout_state"], isFaulty ? "unknown" : undefined, id);
    assert.equal("payment_status" in line, !isFaulty, id);
  }
}

const SUMMARY =
  "500 payouts\n  answered: 100 paid, 100 wait, 100 fail, 100 refund, 50 cancel\n" +
  "  unknown: 50; do not cancel or repeat these\n";

describe("five hundred payouts", { concurrency: 3 }, () => {
  for (const [name, ending] of [
    ["interrupted by Ctrl-C", "SIGINT"],
    ["killed", "SIGKILL"],
  ] as const) {
    test(`${name} in the middle, and taken up again`, { timeout: 60_000 }, async (context) => {
      let [asked, running]: [number, Running | undefined] = [0, undefined];
      const sandbox = await sandboxOf500(() => {
        asked += 1;
        if (asked === COUNT / 2) running?.child.kill(ending);
      });
      context.after(() => sandbox.close());
      const output = fresh("results.jsonl");
      const input = fileWith(`id\n${LISTED.map(({ id }) => id).join("\n")}\n`);
      const options = ["--file", input, "--output", output, "--concurrency", "10"];
      const args = ["status", ...options, ...connection(sandbox)];

      running = start(args);
      const first = await running.ended;
      const found = readFileSync(output, "utf8").split("\n").length - 1;
      assert.ok(found > COUNT / 4 && found < COUNT, String(found));
      if (ending === "SIGKILL") assert.equal(first.signal, "SIGKILL");
      else assertToldHowToGoOn(first, found);
      const before = sandbox.requests.length;

      const second = await start(args).ended;
      assert.equal(second.status, 1);
      assert.match(second.stderr, new RegExp(`has ${found} of 500 already: requesting the other ${COUNT - found}`));
      assertComplete(output);
      assert.equal(second.stdout, SUMMARY);

      const again = new Set(idsOf(sandbox.requests.slice(before)));
      const twice = new Set(idsOf(sandbox.requests.slice(0, before)).filter((id) => again.has(id)));
      // What was under way when it was killed can't have been written down.
      assert.ok(twice.size <= (ending === "SIGKILL" ? 10 : 0), [...twice].join(" "));

      const requests = sandbox.requests.length;
      const third = await start(args).ended;
      assert.deepEqual([third.status, third.stdout], [1, SUMMARY]);
      assert.equal(sandbox.requests.length, requests);
    });
  }
});

function assertToldHowToGoOn({ status, signal, stdout, stderr }: Ended, found: number): void {
  assert.deepEqual([status, signal], [1, null]);
  assert.match(stderr, /Stopping: \d+ requests in progress\. Ctrl-C again ends at once\./);
  assert.match(stderr, /Interrupted\. To resume: the same command again; \S+ keeps the results so far\./);
  assert.match(stdout, /^500 payouts\n/);
  assert.match(stdout, new RegExp(`not requested: ${COUNT - found}\n`));
}

describe("an interruption", { concurrency: 2 }, () => {
  test("without --output leaves what was found", { timeout: 30_000 }, async (context) => {
    let [asked, running]: [number, Running | undefined] = [0, undefined];
    const sandbox = await sandboxOf500(() => {
      asked += 1;
      if (asked === 20) running?.child.kill("SIGINT");
    });
    context.after(() => sandbox.close());
    const input = fileWith(LISTED.map(({ id }) => id).join("\n"));
    running = start(["status", "--file", input, "--json", "--concurrency", "2", ...connection(sandbox)]);
    const { status, stdout, stderr } = await running.ended;
    assert.equal(status, 1);
    const asks = new Set(idsOf(sandbox.requests));
    assert.deepEqual(new Set(jsonLines(stdout).map(({ id }) => id)), asks);
    assert.match(stderr, new RegExp(`not requested: ${COUNT - asks.size}\n`));
    assert.match(stderr, /the results so far are above\. With --output FILE the same command could resume/);
  });

  test("the second time ends at once, and leaves what was written", { timeout: 30_000 }, async (context) => {
    let running: Running | undefined;
    const sandbox = await sandboxOf500(() => {});
    context.after(() => sandbox.close());
    const output = fresh("results.jsonl");
    const input = fileWith("order_id\norder-0\nfault-hang\norder-1\n");
    running = start([...["status", "--file", input, "--output", output, "--concurrency", "1"], ...connection(sandbox)]);
    const begin = performance.now();
    running.child.stderr?.once("data", () => running?.child.kill("SIGINT"));
    while (sandbox.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    running.child.kill("SIGINT");
    const { status, signal } = await running.ended;
    assert.deepEqual([status, signal], [null, "SIGINT"]);
    assert.ok(performance.now() - begin < 10_000);
    assert.deepEqual(
      jsonLines(readFileSync(output, "utf8")).map(({ order_id }) => order_id),
      ["order-0"],
    );
    assert.deepEqual(namesBeside(output), []);
  });
});
