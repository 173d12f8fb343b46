/** `GET /healthz`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fingerprintOf } from "../fixtures/vectors.ts";
import { assertProblem, jsonOf } from "./client.ts";
import { ACCOUNT, newArchive, SECOND_ACCOUNT, setUp } from "./harness.ts";

const other = newArchive(1024);
const { archive, sandbox, clients } = await setUp(
  {
    sound: {},
    other: {
      ALIKASSA_PRIVATE_KEY: other.privatePem,
      ALIKASSA_KEY_PASSWORD: other.password,
      ALIKASSA_ACCOUNT: `${SECOND_ACCOUNT},${ACCOUNT}`,
      ALIKASSA_DIGEST: "sha256",
      ALIKASSA_BASE_URL: undefined,
    },
    noKey: { ALIKASSA_PRIVATE_KEY: undefined },
    badKey: { ALIKASSA_KEY_PASSWORD: "not the password" },
    noAccount: { ALIKASSA_ACCOUNT: undefined },
    badUrl: { ALIKASSA_BASE_URL: "http://example.com" },
  },
  { bits: 2048 },
);

describe("/healthz", () => {
  test("says no more than ok without a valid token", async () => {
    for (const token of [null, "", "wrong"]) {
      const answer = await clients.sound.ask({ path: "/healthz", token });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("Content-Type"), "application/json");
      assert.equal(answer.headers.get("Cache-Control"), "no-store");
      assert.deepEqual(jsonOf(answer), { status: "ok" });
    }
  });

  test("shows the configuration with a token", async () => {
    assert.deepEqual(jsonOf(await clients.sound.ask({ path: "/healthz" })), {
      status: "ok",
      account: ACCOUNT,
      accounts: [ACCOUNT],
      host: new URL(sandbox.baseUrl).host,
      digest: "sha1",
      key_bits: 2048,
      key_fingerprint: fingerprintOf(archive.publicPem),
      notification_key_fingerprint: null,
      forward_host: null,
      ledger: null,
    });
  });

  test("shows the first account as the default, and AliKassa's own host", async () => {
    const health = jsonOf(await clients.other.ask({ path: "/healthz" })) as Record<string, unknown>;
    assert.equal(health["account"], SECOND_ACCOUNT);
    assert.deepEqual(health["accounts"], [SECOND_ACCOUNT, ACCOUNT]);
    assert.equal(health["host"], "api-merchant.alikassa.com");
    assert.equal(health["digest"], "sha256");
    assert.equal(health["key_bits"], 1024);
  });

  test("takes HEAD", async () => {
    for (const [client, status] of [
      [clients.sound, 200],
      [clients.noKey, 503],
    ] as const) {
      const answer = await client.ask({ method: "HEAD", path: "/healthz", token: null });
      assert.equal(answer.status, status);
      assert.equal(answer.text, "");
    }
  });

  for (const [name, expected] of Object.entries({
    noKey: { status: 503, code: "not_configured", detail: /^ALIKASSA_PRIVATE_KEY/ },
    badKey: { status: 503, code: "bad_key", detail: /^ALIKASSA_KEY_PASSWORD does not decrypt/ },
    noAccount: { status: 503, code: "not_configured", detail: /^ALIKASSA_ACCOUNT/ },
    badUrl: { status: 503, code: "not_configured", detail: /^ALIKASSA_BASE_URL.*https/ },
  } as const)) {
    test(`is 503 and why, with and without a token: ${name}`, async () => {
      const client = clients[name as "noKey" | "badKey" | "noAccount" | "badUrl"];
      assertProblem(await client.ask({ path: "/healthz" }), { ...expected, retryable: false });
      assertProblem(await client.ask({ path: "/healthz", token: null }), { ...expected, retryable: false });
    });
  }

  test("ignores a query string, and an unknown Account of a caller without a token", async () => {
    const request = { path: "/healthz?id=1", headers: { Account: "unknown" } };
    assert.equal((await clients.sound.ask({ ...request, token: null })).status, 200);
    assertProblem(await clients.sound.ask(request), { status: 403, code: "unknown_account" });
  });

  test("causes no request to AliKassa", () => assert.equal(sandbox.requests.length, 0));
});
