/** The Workers under test, and a check of an answer against the OpenAPI document. */
import assert from "node:assert/strict";
import { type Answer, JSON_HEADERS, jsonOf, type RequestOptions, type WorkerClient } from "../worker/client.ts";
import { fake } from "../worker/fakes.ts";
import { ACCOUNT, LEDGER, SECOND_ACCOUNT, setUp } from "../worker/harness.ts";
import { notificationKey } from "../worker/notifications.ts";
import { newSecret, WebhookReceiver } from "../worker/webhook-receiver.ts";
import { Document } from "./document.ts";

export const BODY = { id: "100000536" };
export const LARGE = JSON.stringify({ id: "x".repeat(20_000) });

/** The outcomes of each operation: a status, with the code if it is a failure. */
export const seen = new Map<string, Set<string>>();

const secret = newSecret();
/** The merchant's endpoint. */
export const merchant = await WebhookReceiver.start(secret);

const key = { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem };
const forward = { ...key, FORWARD_URL: merchant.url, FORWARD_SECRET: secret };
// No server listens there.
const unreachable = { ...forward, FORWARD_URL: "http://127.0.0.1:9" };
const limiter = { type: "rate-limit", namespace: "2001", simple: { limit: 1, period: 60 } } as const;
export const { sandbox, clients } = await setUp(
  {
    sound: { ...forward, LEDGER, ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` },
    without: key,
    hasty: { ...key, ALIKASSA_TIMEOUT_MS: "300" },
    closed: { API_TOKENS: undefined, ALIKASSA_ACCOUNT: undefined },
    badKey: { ...key, ALIKASSA_KEY_PASSWORD: "not the password" },
    limited: { ...forward, LEDGER, RATE_LIMITER: limiter },
    failing: { ...unreachable, LEDGER: fake("FailingLedger") },
  },
  { assets: true, notificationArchive: notificationKey },
);
export const document = await Document.of(clients.sound);

/** Sends a request. Fails unless the answer has this outcome and matches the document. */
export async function check(
  id: string,
  client: WorkerClient,
  question: RequestOptions,
  expected: string | RegExp,
): Promise<Answer> {
  const operation = document.operation(id);
  const { path, method } = document.operations.find((one) => one.operation === operation) ?? {};
  const answer = await client.ask({ ...(method === undefined ? {} : { method }), path: path ?? "", ...question });
  document.assertAnswer(operation, answer, question.method ?? method);
  const code = answer.status < 400 || answer.text === "" ? "" : ` ${(jsonOf(answer) as { code: string }).code}`;
  const outcome = `${answer.status}${code}`;
  if (typeof expected === "string") assert.equal(outcome, expected, answer.text);
  else assert.match(outcome, expected, answer.text);
  const outcomes = seen.get(id) ?? new Set();
  seen.set(id, outcomes.add(outcome));
  return answer;
}

/** Checks the failures of every operation that needs a token. */
export async function checkRefusals(id: string, question: RequestOptions): Promise<void> {
  const { sound, closed, badKey } = clients;
  for (const token of [null, "", "wrong"]) await check(id, sound, { ...question, token }, "401 unauthorized");
  await check(id, closed, question, "503 not_configured");
  await check(id, badKey, question, "503 bad_key");
  const headers = { ...question.headers, Account: "another" };
  await check(id, sound, { ...question, headers }, "403 unknown_account");
}

/** Checks the rate limit of one request per minute. A minute may end between two of the requests, but not between all. */
export async function checkLimit(id: string, question: RequestOptions): Promise<void> {
  const expected = /^(?:20[02]|404 unknown_event|429 rate_limited)$/;
  for (let i = 0; i < 3; i += 1) await check(id, clients.limited, question, expected);
  assert.ok(seen.get(id)?.has("429 rate_limited"), id);
}

/** Checks the failures of every operation that has a body. */
export async function checkBodies(id: string): Promise<void> {
  const { sound } = clients;
  const post = (body: string, headers = JSON_HEADERS) => ({ body, headers });
  for (const body of ["", "{}", "[]", '{"id":""}', '{"payouts":[]}', '{"payouts":{}}', "\uffff"]) {
    await check(id, sound, post(body), "400 invalid_request");
  }
  await check(id, sound, post(LARGE), "413 payload_too_large");
  await check(id, sound, post("{}", { "Content-Type": "text/plain" }), "415 unsupported_media_type");
}
