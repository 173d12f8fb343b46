/** The webhook's settings: missing, invalid and valid. */
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { fingerprintOf } from "../fixtures/vectors.ts";
import { assertProblem, type Expected, jsonOf, WEBHOOK } from "./client.ts";
import { type Bindings, LEDGER, setUp } from "./harness.ts";
import { newPayout, notificationKey, notify } from "./notifications.ts";
import { newSecret } from "./webhook-receiver.ts";

const SECRET = newSecret();
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

/** The notifications' key, without which nothing verifies. */
const KEYS: Readonly<Record<string, Case>> = {
  "no key": key(undefined, /^ALIKASSA_NOTIFICATION_KEY is missing.*public\.pem/, "not_configured"),
  "an empty key": key("", /^ALIKASSA_NOTIFICATION_KEY is missing/, "not_configured"),
  "a key that is no string": key(true, /^ALIKASSA_NOTIFICATION_KEY must be a string/, "not_configured"),
  "a blank key": key(" \n", /^ALIKASSA_NOTIFICATION_KEY contains no PEM block/),
  "the private key": key(notificationKey.privatePem, /^ALIKASSA_NOTIFICATION_KEY contains a private key/),
  "a key that is not for RSA": key(
    elliptic.publicKey.export({ format: "pem", type: "spki" }).toString(),
    /^ALIKASSA_NOTIFICATION_KEY is not an RSA key/,
  ),
};

const url = (value: Bindings[string], detail: RegExp): Case => ({ changes: { FORWARD_URL: value }, detail });
const secret = (value: Bindings[string], detail: RegExp): Case => ({ changes: { FORWARD_SECRET: value }, detail });

/** The merchant's endpoint and secrets. */
const FORWARDING: Readonly<Record<string, Case>> = {
  "an endpoint without a secret": secret(undefined, /^FORWARD_SECRET is missing/),
  "an endpoint with an empty secret": secret("", /^FORWARD_SECRET is missing/),
  "a secret without an endpoint": url(undefined, /^FORWARD_URL is missing/),
  "a secret without its beginning": secret(newSecret(32).slice(6), /^FORWARD_SECRET is invalid: .*whsec_/),
  "a secret that is too short": secret(newSecret(23), /^FORWARD_SECRET is invalid: .* 24 to 64 bytes, .* 23/),
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
    detail: /^ALIKASSA_PRIVATE_KEY contains no PEM block/,
  },
};

/** Valid settings. */
const SOUND: Readonly<Record<string, Bindings>> = {
  "no endpoint": { FORWARD_URL: undefined, FORWARD_SECRET: undefined },
  "an empty endpoint and an empty secret": { FORWARD_URL: "", FORWARD_SECRET: "" },
  "an endpoint and a ledger": { LEDGER, FORWARD_URL: ` ${URL}\n` },
  "a key with literal \\n": { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem.replaceAll("\n", "\\n") },
  "two secrets": { FORWARD_SECRET: `${SECRET} ${newSecret(24)}\n` },
};

const configurations = {
  ...Object.fromEntries(Object.entries({ ...KEYS, ...LATER }).map(([name, { changes }]) => [name, changes])),
  ...SOUND,
};
const own = { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem, FORWARD_URL: URL, FORWARD_SECRET: SECRET };
const { sandbox, clientOf } = await setUp<string>(
  Object.fromEntries(Object.entries(configurations).map(([name, changes]) => [name, { ...own, ...changes }])),
  { notificationArchive: notificationKey },
);

const expectedOf = ({ detail, code = "not_configured" }: Case): Expected => ({
  status: 503,
  code,
  detail,
  retryable: false,
});

describe("the webhook is 503 to everybody, and says why, with", () => {
  for (const [name, wrong] of Object.entries(KEYS)) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      const problem = assertProblem(await notify(sandbox, clientOf(name), id), expectedOf(wrong));
      assert.deepEqual(
        assertProblem(await clientOf(name).ask({ path: WEBHOOK, token: null }), expectedOf(wrong)),
        problem,
      );
    });
  }
});

describe("the webhook is 503 to AliKassa alone, and says why, with", () => {
  for (const [name, wrong] of Object.entries(LATER)) {
    test(name, async () => {
      const { id } = newPayout(sandbox);
      const before = sandbox.requests.length;
      assertProblem(await notify(sandbox, clientOf(name), id), expectedOf(wrong));
      assertProblem(await notify(sandbox, clientOf(name), id, { type: "payment" }), expectedOf(wrong));
      const refused = { status: 403, code: "invalid_signature", retryable: false };
      assertProblem(await notify(sandbox, clientOf(name), id, { tamper: { amount: "1.00" } }), refused);
      assert.equal(sandbox.requests.length, before);
    });
  }
});

describe("/healthz", () => {
  for (const [name, wrong] of Object.entries({ ...KEYS, ...LATER })) {
    // Without a key there is no webhook, which is valid.
    const isThere =
      wrong.changes["ALIKASSA_NOTIFICATION_KEY"] !== undefined || !("ALIKASSA_NOTIFICATION_KEY" in wrong.changes);
    const isWrong = isThere && name !== "an empty key";
    test(`is ${isWrong ? 503 : 200} with ${name}`, async () => {
      const health = await clientOf(name).ask({ path: "/healthz", token: null });
      if (isWrong) assertProblem(health, expectedOf(wrong));
      else assert.equal(health.status, 200, health.text);
    });
  }

  test("payouts are answered with every invalid setting of the webhook", async () => {
    for (const name of [...Object.keys(KEYS), ...Object.keys(FORWARDING)])
      assert.equal((await clientOf(name).get("?id=100000536")).status, 200, name);
  });

  const OWN = { host: "merchant.example", ledger: null };
  for (const [name, expected] of Object.entries({
    "no endpoint": { host: null, ledger: null },
    "an empty endpoint and an empty secret": { host: null, ledger: null },
    "an endpoint and a ledger": { ...OWN, ledger: 0 },
    "a key with literal \\n": OWN,
    "two secrets": OWN,
  })) {
    test(`shows, with a token, ${name}`, async () => {
      assert.equal((await clientOf(name).ask({ path: "/healthz", token: null })).text, '{"status":"ok"}');
      const health = jsonOf(await clientOf(name).ask({ path: "/healthz" })) as Record<string, unknown>;
      const { notification_key_fingerprint, forward_host, ledger } = health as typeof health & {
        ledger: { open: { count: number } } | null;
      };
      assert.equal(notification_key_fingerprint, fingerprintOf(createPublicKey(notificationKey.publicPem)));
      assert.deepEqual({ host: forward_host, ledger: ledger?.open.count ?? null }, expected);
    });
  }

  test("shows, with a token, that there is no webhook", async () => {
    const health = jsonOf(await clientOf("no key").ask({ path: "/healthz" })) as Record<string, unknown>;
    assert.equal(health["notification_key_fingerprint"], null);
  });
});

describe("a secret in the wrong variable", () => {
  test("is not shown", async () => {
    for (const [name, { changes }] of Object.entries(FORWARDING)) {
      const { text } = await notify(sandbox, clientOf(name), newPayout(sandbox).id);
      assert.doesNotMatch(text, /let-me-in/, name);
      const value = changes["FORWARD_SECRET"];
      if (typeof value === "string" && value.length > 16) assert.equal(text.includes(value.slice(6, 22)), false, name);
    }
  });
});
