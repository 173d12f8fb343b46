/** Runs over five hundred payouts, of which one in ten gets a fault, that are interrupted and resumed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { payoutJson, type Sandbox, type Step, startSandbox } from "../../dist/sandbox/index.js";
import { sleep } from "../fixtures/mock-api.ts";
import {
  ACCOUNT,
  archive,
  connection,
  fileWith,
  fresh,
  jsonLines,
  jsonLinesIn,
  namesBeside,
  start,
} from "./command.ts";

const COUNT = 500;
const STATUSES = ["paid", "wait", "cancel", "fail", "refund"];

/** Answers that leave a payout unknown. */
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

const PAYOUTS = Array.from({ length: COUNT }, (_, at) => ({
  id: String(200_000_000 + at),
  status: STATUSES[at % STATUSES.length] ?? assert.fail(),
  fault: at % 10 === 7 ? (FAULTS[Math.floor(at / 10) % FAULTS.length] ?? assert.fail()) : undefined,
}));
const LIST = PAYOUTS.map(({ id }) => id).join("\n");

/** A sandbox with these payouts, until the end of the test. */
async function sandboxOf500(context: TestContext, onRequest = () => {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, onRequest });
  context.after(() => sandbox.close());
  for (const [at, { id, status, fault }] of PAYOUTS.entries()) {
    sandbox.addPayout(payoutJson({ id, order_id: `order-${at}`, statusJson: JSON.stringify(status) }));
    // Enough for two runs of three requests.
    if (fault !== undefined) sandbox.script(id, Array(6).fill(fault));
  }
  return sandbox;
}

/** Starts the command, and sends a signal when it has sent so many requests. Resolves at its end. */
async function runInterrupted(context: TestContext, count: number, signal: NodeJS.Signals, args: readonly string[]) {
  let requested = 0;
  const sandbox = await sandboxOf500(context, () => {
    requested += 1;
    if (requested === count) running.child.kill(signal);
  });
  const command = ["status", "--file", fileWith(LIST), ...args, ...connection(sandbox)];
  const running = start(command);
  return { sandbox, command, ...(await running.ended) };
}

/** The ids in requests. */
const idsOf = (requests: Sandbox["requests"]): string[] =>
  requests.flatMap(({ key }) => (key !== undefined && "id" in key ? [key.id] : []));

/** Asserts that each of the five hundred has one line, with its status or unknown. */
function assertComplete(output: string): void {
  const byId = Map.groupBy(jsonLinesIn(output), ({ id }) => id);
  assert.equal(byId.size, COUNT);
  for (const { id, status, fault } of PAYOUTS) {
    const [line, ...more] = byId.get(id) ?? [];
    assert.ok(line !== undefined && more.length === 0, id);
    assert.equal(line["payment_status"], fault ? undefined : status, id);
    assert.equal(line["payout_state"], fault ? "unknown" : undefined, id);
    assert.equal("payment_status" in line, !fault, id);
  }
}

const SUMMARY =
  "500 payouts\n  answered: 100 paid, 100 wait, 100 fail, 100 refund, 50 cancel\n" +
  "  unknown: 50; do not cancel or repeat these\n";

describe("an interrupted run", { concurrency: 3, timeout: 60_000 }, () => {
  for (const ending of ["SIGINT", "SIGKILL"] as const) {
    test(`is resumed after ${ending}`, async (context) => {
      const output = fresh("results.jsonl");
      const args = ["--output", output, "--concurrency", "10"];
      const { sandbox, command, ...first } = await runInterrupted(context, COUNT / 2, ending, args);
      const found = readFileSync(output, "utf8").split("\n").length - 1;
      assert.ok(found > COUNT / 4 && found < COUNT, String(found));
      if (ending === "SIGKILL") {
        assert.equal(first.signal, "SIGKILL");
      } else {
        assert.deepEqual([first.status, first.signal], [1, null]);
        assert.match(first.stderr, /Stopping: \d+ requests in progress\. Ctrl-C again ends at once\./);
        assert.match(first.stderr, /Interrupted\. To resume: the same command again; \S+ keeps the results so far\./);
        assert.match(first.stdout, /^500 payouts\n/);
        assert.match(first.stdout, new RegExp(`not requested: ${COUNT - found}\n`));
      }
      const before = sandbox.requests.length;

      const second = await start(command).ended;
      assert.equal(second.status, 1);
      assert.match(second.stderr, new RegExp(`has ${found} of 500 already: requesting the other ${COUNT - found}`));
      assertComplete(output);
      assert.equal(second.stdout, SUMMARY);

      const again = new Set(idsOf(sandbox.requests.slice(before)));
      const twice = new Set(idsOf(sandbox.requests.slice(0, before)).filter((id) => again.has(id)));
      // A killed process loses the answers to the requests in progress.
      assert.ok(twice.size <= (ending === "SIGKILL" ? 10 : 0), [...twice].join(" "));

      const requests = sandbox.requests.length;
      const third = await start(command).ended;
      assert.deepEqual([third.status, third.stdout], [1, SUMMARY]);
      assert.equal(sandbox.requests.length, requests);
    });
  }

  test("prints the results so far without --output", async (context) => {
    const args = ["--json", "--concurrency", "2"];
    const { sandbox, status, stdout, stderr } = await runInterrupted(context, 20, "SIGINT", args);
    assert.equal(status, 1);
    const requested = new Set(idsOf(sandbox.requests));
    assert.deepEqual(new Set(jsonLines(stdout).map(({ id }) => id)), requested);
    assert.match(stderr, new RegExp(`not requested: ${COUNT - requested.size}\n`));
    assert.match(stderr, /the results so far are above\. With --output FILE the same command could resume/);
  });

  test("ends at once after a second signal, and keeps the results", async (context) => {
    const sandbox = await sandboxOf500(context);
    const output = fresh("results.jsonl");
    const args = ["--file", fileWith("order_id\norder-0\nfault-hang\norder-1\n"), "--output", output];
    const { child, ended } = start(["status", ...args, "--concurrency", "1", ...connection(sandbox)]);
    const begin = performance.now();
    child.stderr?.once("data", () => child.kill("SIGINT"));
    while (sandbox.requests.length < 2) await sleep(5);
    child.kill("SIGINT");
    const { status, signal } = await ended;
    assert.deepEqual([status, signal], [null, "SIGINT"]);
    assert.ok(performance.now() - begin < 10_000);
    assert.deepEqual(
      jsonLinesIn(output).map(({ order_id }) => order_id),
      ["order-0"],
    );
    assert.deepEqual(namesBeside(output), []);
  });
});
