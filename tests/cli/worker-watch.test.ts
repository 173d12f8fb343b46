/** `events --watch` against a mock of the Worker. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonLines } from "./command.ts";
import { type Answer, startWorkerApi, watchUntil } from "./worker-api.ts";

const event = (seq: number) => ({
  seq,
  type: "payout.paid",
  timestamp: "2026-11-01T08:00:00.000Z",
  data: { payout: { payment_status: "paid", id: `10000053${seq}`, order_id: "Ё", amount: "300.00" } },
  delivery: { state: "pending", attempts: 0 },
});
const page = (next: number, ...seqs: number[]): Answer => ({ body: { events: seqs.map(event), next } });
const UNAVAILABLE: Answer = {
  status: 503,
  body: { code: "ledger_unavailable", detail: "Try again.", retryable: true },
};
const REFUSED: Answer = { status: 401, body: { code: "unauthorized", detail: "Send a token." } };

const FAST = ["--watch-interval-ms", "20"];
const SLOW = ["--watch-interval-ms", "3600000"];

const linesOf = ({ requests }: { requests: readonly { line: string }[] }) => requests.map(({ line }) => line);

describe("events --watch", { concurrency: 2 }, () => {
  test("prints a line for each event as they come, and ends with Ctrl-C", async () => {
    await using api = await startWorkerApi(page(2, 1, 2), page(2), page(3, 3), page(3));
    const { status, stdout, stderr } = await watchUntil(api, 4, ...FAST, "--after", "0");
    assert.deepEqual([status, stderr], [0, "Waiting for events after 0. Ctrl-C ends.\nTo go on: --after 3\n"]);
    const lines = [1, 2, 3].map(
      (seq) => `2026-11-01T08:00:00.000Z  ${seq}  payout.paid  id 10000053${seq}  order_id Ё  paid  300.00  pending\n`,
    );
    assert.equal(stdout, lines.join(""));
    const cursors = [0, 2, 2, 3].map((after) => `GET /v1/events?after=${after}&limit=50`);
    assert.deepEqual(linesOf(api).slice(0, 4), cursors);
  });

  test("prints a line of JSON for each event with --json", async () => {
    await using api = await startWorkerApi(page(6, 6), page(7, 7), page(7));
    const { status, stdout } = await watchUntil(api, 3, ...FAST, "--after", "5", "--json");
    assert.deepEqual([status, jsonLines(stdout)], [0, [event(6), event(7)]]);
    assert.equal(linesOf(api)[0], "GET /v1/events?after=5&limit=50");
  });

  test("reads the next page at once after a full one, and ends within a pause", async () => {
    await using api = await startWorkerApi(page(2, 1, 2), page(3, 3));
    const { status, stdout } = await watchUntil(api, 2, ...SLOW, "--limit", "2", "--json");
    assert.deepEqual([status, api.requests.length], [0, 2]);
    // The second page may be on its way when Ctrl-C comes.
    assert.deepEqual(jsonLines(stdout).slice(0, 2), [event(1), event(2)]);
  });

  test("begins with new events without --after", async () => {
    await using api = await startWorkerApi(page(7), page(8, 8));
    const { status, stderr } = await watchUntil(api, 2, ...FAST);
    assert.deepEqual([status, stderr], [0, "Waiting for new events. Ctrl-C ends.\nTo go on: --after 8\n"]);
    const cursors = ["latest", 7].map((after) => `GET /v1/events?after=${after}&limit=50`);
    assert.deepEqual(linesOf(api).slice(0, 2), cursors);
  });

  test("ends with Ctrl-C while the Worker does not answer", async () => {
    await using api = await startWorkerApi("hang");
    const { status, stderr } = await watchUntil(api, 1, ...FAST, "--after", "4");
    assert.deepEqual([status, stderr], [0, "Waiting for events after 4. Ctrl-C ends.\nTo go on: --after 4\n"]);
  });

  test("goes on over failures with growing pauses, tells them once, and loses no event", async () => {
    const html: Answer = { status: 502, body: "<html>" };
    await using api = await startWorkerApi(page(1, 1), "cut", UNAVAILABLE, html, page(2, 2), "cut", page(2));
    const { status, stdout, stderr } = await watchUntil(api, 7, ...FAST, "--json");
    assert.deepEqual([status, jsonLines(stdout)], [0, [event(1), event(2)]]);
    assert.equal(stderr.match(/can't be reached \(UND_ERR_SOCKET\)[^\n]*; trying again\.\n/g)?.length, 2, stderr);
    assert.equal(stderr.split("\n").length, 5, stderr);
    assert.deepEqual(
      linesOf(api)
        .slice(0, 7)
        .map((line) => /after=(\w+)/.exec(line)?.[1]),
      ["latest", "1", "1", "1", "1", "2", "2"],
    );
    const times = api.requests.map(({ time }) => time);
    // A timer may be a millisecond early.
    for (const [at, pause] of [20, 40, 80, 160, 20, 40].entries())
      assert.ok((times[at + 1] ?? 0) - (times[at] ?? 0) >= pause - 2, `${at}: ${times}`);
  });

  const ends: Readonly<Record<string, readonly [Answer, number, RegExp]>> = {
    "a token that is not valid any more": [REFUSED, 2, /\(unauthorized\): Send a token\.\n$/],
    "an answer that is not the Worker's": [{ body: { events: [], next: null } }, 1, /not as the Worker does/],
  };
  for (const [name, [answer, exitStatus, pattern]] of Object.entries(ends)) {
    test(`ends after ${name}`, async () => {
      await using api = await startWorkerApi(page(1, 1), answer);
      const { status, stdout, stderr } = await watchUntil(api, 9, ...FAST, "--json");
      assert.deepEqual([status, jsonLines(stdout), api.requests.length], [exitStatus, [event(1)], 2]);
      assert.match(stderr, pattern);
    });
  }
});
