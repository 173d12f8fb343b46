/** What the webhook needs to be told, and what it says where that is missing or wrong. */
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { KeyArchive, Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge, type Expected, jsonOf } from "./edge.ts";
import {
  type Bindings,
  newArchive,
  notificationQueue,
  openSandbox,
  soundBindings,
  startWorkers,
  type Workers,
} from "./harness.ts";
import { newPayout, notificationKey, notify, WEBHOOK } from "./notify.ts";
import { fingerprintOf } from "./vectors.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const URL = "https://merchant.example/hooks?key=let-me-in-12345";
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });

interface Case {
  readonly changes: Bindings;
  readonly code?: string;
  readonly detail: RegExp;
}

const key = (value: Bindings[string], detail: RegExp, code = "bad_key"): Case => ({
  changes: { ALIKASSA_NOTIFICATION_KEY: value },
  code,
  detail,
});

/** The notifications' key: without it nothing can be told from anything. */
const KEYS: Readonly<Record<string, Case>> = {
  "no key": key(undefined, /^ALIKASSA_NOTIFICATION_KEY is missing.*public\.pem/, "not_configured"),
  "an empty key": key("", /^ALIKASSA_NOTIFICATION_KEY is missing/, "not_configured"),
  "a key that is no string": key(true, /^ALIKASSA_NOTIFICATION_KEY must be a string/, "not_configured"),
  "a blank key": key(" \n", /^ALIKASSA_NOTIFICATION_KEY: there is no PEM in it/),
  "the private key": key(notificationKey.privatePem, /^ALIKASSA_NOTIFICATION_KEY: it holds a private key/),
  "a key that is not for RSA": key(
    elliptic.publicKey.export({ format: "pem", type: "spki" }).toString(),
    /^ALIKASSA_NOTIFICATION_KEY: it is not an RSA key/,
  ),
};

const url = (value: Bindings[string], detail: RegExp): Case => ({ changes: { FORWARD_URL: value }, detail });
const secret = (value: Bindings[string], detail: RegExp): Case => ({ changes: { FORWARD_SECRET: value }, detail });
const bytes = (length: number) => `whsec_${randomBytes(length).toString("base64")}`;

/** The merchant's endpoint, and how requests to it are signed. */
const FORWARDING: Readonly<Record<string, Case>> = {
  "an endpoint without a secret": secret(undefined, /^FORWARD_SECRET is missing/),
  "an endpoint with an empty secret": secret("", /^FORWARD_SECRET is missing/),
  "a secret without an endpoint": url(undefined, /^FORWARD_URL is missing/),
  "a secret without its beginning": secret(bytes(32).slice(6), /^FORWARD_SECRET is invalid: .*whsec_/),
  "a secret that is too short": secret(bytes(23), /^FORWARD_SECRET is invalid: .* 24 to 64 bytes, .* 23/),
  "a second secret that is none": secret(`${SECRET},let-me-in-12345`, /^FORWARD_SECRET is invalid/),
  "an endpoint that is no string": url(true, /^FORWARD_URL must be a string/),
  "an endpoint by http": url("http://merchant.example/hooks", /^FORWARD_URL is invalid: it must be https/),
  "an endpoint with credentials": url("https://user:let-me-in-12345@merchant.example", /user name or a password/),
  "an endpoint with a fragment": url("https://merchant.example/#hooks", /^FORWARD_URL is invalid: .*fragment/),
  "an endpoint in words": url("the usual one", /^FORWARD_URL is invalid: it must be an absolute URL/),
};

const LATER: Readonly<Record<string, Case>> = {
  ...FORWARDING,
  "no tokens": { changes: { API_TOKENS: undefined }, detail: /^API_TOKENS is missing/ },
  "a key archive that is none": {
    changes: { ALIKASSA_PRIVATE_KEY: "no key" },
    code: "bad_key",
    detail: /^ALIKASSA_PRIVATE_KEY: there is no PEM/,
  },
};

/** Each is sound. */
const SOUND: Readonly<Record<string, Bindings>> = {
  "no endpoint": { FORWARD_URL: undefined, FORWARD_SECRET: undefined },
  "an empty endpoint and an empty secret": { FORWARD_URL: "", FORWARD_SECRET: "" },
  "an endpoint and a queue": { NOTIFICATIONS: notificationQueue("settings"), FORWARD_URL: ` ${URL}\n` },
  "a key with literal \\n": { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem.replaceAll("\n", "\\n") },
  "two secrets": { FORWARD_SECRET: `${SECRET} ${bytes(24)}\n` },
};

let archive: KeyArchive;
let sandbox: Sandbox;
let workers: Workers<string>;

before(async () => {
  archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  const configuration = (changes: Bindings) =>
    soundBindings(archive, sandbox, {
      ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
      FORWARD_URL: URL,
      FORWARD_SECRET: SECRET,
      ...changes,
    });
  const cases = Object.entries({ ...KEYS, ...LATER }).map(([name, { changes }]) => [name, configuration(changes)]);
  const sound = Object.entries(SOUND).map(([name, changes]) => [name, configuration(changes)]);
  workers = await startWorkers<string>(Object.fromEntries([...cases, ...sound]));
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

function edgeOf(name: string): Edge {
  const edge = workers.edges[name];
  assert.ok(edge, name);
  return edge;
}

const expectedOf = ({ detail, code = "not_configured" }: Case): Expected => ({
  status: 503,
  code,
  detail,
  retryable: false,
});

describe("the webhook is closed, and says why, with", () => {
  for (const [name, wrong] of Object.entries(KEYS)) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      const problem = assertProblem(await notify(sandbox, edgeOf(name), id), expectedOf(wrong));
      assert.deepEqual(
        assertProblem(await edgeOf(name).ask({ path: WEBHOOK, token: null }), expectedOf(wrong)),
        problem,
      );
    });
  }
});

describe("the webhook tells nobody but AliKassa that there is", () => {
  for (const [name, wrong] of Object.entries(LATER)) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      const before = sandbox.requests.length;
      assertProblem(await notify(sandbox, edgeOf(name), id), expectedOf(wrong));
      assertProblem(await notify(sandbox, edgeOf(name), id, { type: "payment" }), expectedOf(wrong));
      const refused = { status: 403, code: "invalid_signature", retryable: false };
      assertProblem(await notify(sandbox, edgeOf(name), id, { tamper: { amount: "1.00" } }), refused);
      assert.equal(sandbox.requests.length, before);
    });
  }
});

describe("the health of a Worker", () => {
  for (const [name, wrong] of Object.entries({ ...KEYS, ...LATER })) {
    // Without a key there is no webhook, and nothing is wrong with that.
    const isThere =
      wrong.changes["ALIKASSA_NOTIFICATION_KEY"] !== undefined || !("ALIKASSA_NOTIFICATION_KEY" in wrong.changes);
    const isWrong = isThere && name !== "an empty key";
    test(`is ${isWrong ? "bad" : "good"} with ${name}`, async () => {
      const health = await edgeOf(name).ask({ path: "/healthz", token: null });
      if (isWrong) assertProblem(health, expectedOf(wrong));
      else assert.equal(health.status, 200, health.text);
    });
  }

  test("does not keep it from answering what has nothing to do with the webhook", async () => {
    for (const name of [...Object.keys(KEYS), ...Object.keys(FORWARDING)])
      assert.equal((await edgeOf(name).get("?id=100000536")).status, 200, name);
  });

  const OWN = { host: "merchant.example", through: "request" };
  for (const [name, expected] of Object.entries({
    "no endpoint": { host: null, through: null },
    "an empty endpoint and an empty secret": { host: null, through: null },
    "an endpoint and a queue": { ...OWN, through: "queue" },
    "a key with literal \\n": OWN,
    "two secrets": OWN,
  })) {
    test(`tells who has a token of ${name}`, async () => {
      assert.equal((await edgeOf(name).ask({ path: "/healthz", token: null })).text, '{"status":"ok"}');
      const health = jsonOf(await edgeOf(name).ask({ path: "/healthz" })) as Record<string, unknown>;
      const { notification_key_fingerprint, forward_host, forward_through } = health;
      assert.equal(notification_key_fingerprint, fingerprintOf(createPublicKey(notificationKey.publicPem)));
      assert.deepEqual({ host: forward_host, through: forward_through }, expected);
    });
  }

  test("tells who has a token that there is no webhook", async () => {
    const health = jsonOf(await edgeOf("no key").ask({ path: "/healthz" })) as Record<string, unknown>;
    assert.equal(health["notification_key_fingerprint"], null);
  });
});

describe("a secret in the wrong place", () => {
  test("is not said", async () => {
    for (const [name, { changes }] of Object.entries(FORWARDING)) {
      const { text } = await notify(sandbox, edgeOf(name), newPayout(sandbox).id);
      assert.doesNotMatch(text, /let-me-in/, name);
      const value = changes["FORWARD_SECRET"];
      if (typeof value === "string" && value.length > 16) assert.equal(text.includes(value.slice(6, 22)), false, name);
    }
  });
});
