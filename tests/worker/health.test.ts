/** `GET /healthz`: whether the configuration is sound, and for who has a token what it is. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { KeyArchive, Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, jsonOf } from "./edge.ts";
import {
  ACCOUNT,
  newArchive,
  openSandbox,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  type Workers,
} from "./harness.ts";
import { fingerprintOf } from "./vectors.ts";

let archive: KeyArchive;
let sandbox: Sandbox;
let workers: Workers<"sound" | "other" | "noKey" | "badKey" | "noAccount" | "badUrl">;

before(async () => {
  archive = newArchive(2048);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox),
    other: soundBindings(newArchive(1024), sandbox, {
      ALIKASSA_ACCOUNT: `${SECOND_ACCOUNT},${ACCOUNT}`,
      ALIKASSA_DIGEST: "sha256",
      ALIKASSA_BASE_URL: undefined,
    }),
    noKey: soundBindings(archive, sandbox, { ALIKASSA_PRIVATE_KEY: undefined }),
    badKey: soundBindings(archive, sandbox, { ALIKASSA_KEY_PASSWORD: "not the password" }),
    noAccount: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT: undefined }),
    badUrl: soundBindings(archive, { url: "http://example.com" }),
  });
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

describe("the health of a Worker", () => {
  test("is told to everyone, and nothing else is", async () => {
    for (const token of [null, "", "wrong"]) {
      const answer = await workers.edges.sound.ask({ path: "/healthz", token });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("Content-Type"), "application/json");
      assert.equal(answer.headers.get("Cache-Control"), "no-store");
      assert.deepEqual(jsonOf(answer), { status: "ok" });
    }
  });

  test("comes with the configuration for who has a token", async () => {
    assert.deepEqual(jsonOf(await workers.edges.sound.ask({ path: "/healthz" })), {
      status: "ok",
      account: ACCOUNT,
      accounts: [ACCOUNT],
      host: new URL(sandbox.url).host,
      digest: "sha1",
      key_bits: 2048,
      key_fingerprint: fingerprintOf(createPublicKey(archive.publicPem)),
      notification_key_fingerprint: null,
      forward_host: null,
      forward_through: null,
    });
  });

  test("tells the first account as the default, and AliKassa's own host if none is set", async () => {
    const health = jsonOf(await workers.edges.other.ask({ path: "/healthz" })) as Record<string, unknown>;
    assert.equal(health["account"], SECOND_ACCOUNT);
    assert.deepEqual(health["accounts"], [SECOND_ACCOUNT, ACCOUNT]);
    assert.equal(health["host"], "api-merchant.alikassa.com");
    assert.equal(health["digest"], "sha256");
    assert.equal(health["key_bits"], 1024);
  });

  test("is told by HEAD too", async () => {
    for (const [edge, status] of [
      [workers.edges.sound, 200],
      [workers.edges.noKey, 503],
    ] as const) {
      const answer = await edge.ask({ method: "HEAD", path: "/healthz", token: null });
      assert.equal(answer.status, status);
      assert.equal(answer.text, "");
    }
  });

  for (const [name, expected] of Object.entries({
    noKey: { status: 503, code: "not_configured", detail: /^ALIKASSA_PRIVATE_KEY/ },
    badKey: { status: 503, code: "bad_key", detail: /^ALIKASSA_KEY_PASSWORD.*does not open/ },
    noAccount: { status: 503, code: "not_configured", detail: /^ALIKASSA_ACCOUNT/ },
    badUrl: { status: 503, code: "not_configured", detail: /^ALIKASSA_BASE_URL.*https/ },
  } as const)) {
    test(`is 503 and why, with a token and without: ${name}`, async () => {
      const edge = workers.edges[name as "noKey" | "badKey" | "noAccount" | "badUrl"];
      assertProblem(await edge.ask({ path: "/healthz" }), { ...expected, retryable: false });
      assertProblem(await edge.ask({ path: "/healthz", token: null }), { ...expected, retryable: false });
    });
  }

  test("takes no notice of a query, and of an Account that is not ours", async () => {
    const answer = await workers.edges.sound.ask({ path: "/healthz?id=1", headers: { Account: "unknown" } });
    assert.equal(answer.status, 200);
  });

  test("costs AliKassa nothing", () => assert.equal(sandbox.requests.length, 0));
});
