/** Bearer tokens, and the `Account` header. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, test } from "node:test";
import { assertProblem, STATUS } from "./client.ts";
import { ACCOUNT, SECOND_ACCOUNT, setUp, TOKEN } from "./harness.ts";

const NEW_TOKEN = "the-token-that-is-rotated-in";
const UNAUTHORIZED = { status: 401, code: "unauthorized", retryable: false } as const;

const { sandbox, clients } = await setUp({
  sound: {},
  rotating: { API_TOKENS: ` ,${TOKEN} ,,\t${NEW_TOKEN}\n,` },
  twoAccounts: { ALIKASSA_ACCOUNT: ` ${ACCOUNT} , ${SECOND_ACCOUNT},` },
  noTokens: { API_TOKENS: undefined },
  blankTokens: { API_TOKENS: " , ,\n" },
  brokenKey: { ALIKASSA_PRIVATE_KEY: "no key", ALIKASSA_ACCOUNT: undefined },
});
const client = clients.sound;

const withHeader = (Authorization: string) =>
  client.askRaw({ path: `${STATUS}?id=100000536`, token: null, headers: { Authorization } });

describe("a bearer token", () => {
  test("is accepted", async () => assert.equal((await client.get("?id=100000536")).status, 200));

  for (const scheme of ["bearer", "BEARER", "bEaReR"]) {
    test(`is accepted after the scheme "${scheme}"`, async () => {
      assert.equal((await withHeader(`${scheme} ${TOKEN}`)).status, 200);
    });
  }

  test("is required: 401 with WWW-Authenticate", async () => {
    const answer = await client.get("?id=100000536", { token: null });
    assertProblem(answer, { ...UNAUTHORIZED, detail: /Authorization: Bearer/ });
    assert.match(answer.headers.get("WWW-Authenticate") ?? "", /^Bearer\b/);
  });

  const refused: Readonly<Record<string, string>> = {
    "is wrong": "Bearer another-token-altogether",
    "is one character longer": `Bearer ${TOKEN}x`,
    "is one character shorter": `Bearer ${TOKEN.slice(0, -1)}`,
    "lacks its first character": `Bearer ${TOKEN.slice(1)}`,
    "is in upper case": `Bearer ${TOKEN.toUpperCase()}`,
    "is repeated": `Bearer ${TOKEN} ${TOKEN}`,
    "is followed by a comma": `Bearer ${TOKEN},`,
    "is quoted": `Bearer "${TOKEN}"`,
    "is missing after the scheme": "Bearer",
    "is blank": "Bearer  ",
    "has no scheme": TOKEN,
    "has the scheme Basic": `Basic ${TOKEN}`,
    "is encoded for the scheme Basic": `Basic ${Buffer.from(`user:${TOKEN}`).toString("base64")}`,
    "has no space after the scheme": `Bearer${TOKEN}`,
    "is not ASCII": "Bearer \u00e9\u00ff\u0080",
    "has 8 KB": `Bearer ${TOKEN}${"x".repeat(8000)}`,
    "has 8 KB before it": `Bearer ${"x".repeat(8000)}${TOKEN}`,
    "is one of many": `Bearer ${Array(200).fill("other").join(",")},${TOKEN}`,
  };
  for (const [what, header] of Object.entries(refused)) {
    test(`is refused if it ${what}`, async () => {
      const answer = await withHeader(header);
      assertProblem(answer, UNAUTHORIZED);
      assert.ok(answer.headers.has("WWW-Authenticate"));
    });
  }

  test("is refused in two Authorization headers", async () => {
    const { hostname, port } = client.url;
    const status = await new Promise((resolve, reject) => {
      const headers = ["Host", "worker", "Authorization", "Bearer wrong", "Authorization", `Bearer ${TOKEN}`];
      const path = `${STATUS}?id=100000536`;
      request({ hostname, port, path, headers, agent: false }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    assert.equal(status, 401);
  });

  test("is refused in a query, a body and a cookie", async () => {
    assertProblem(await client.get(`?id=100000536&access_token=${TOKEN}`, { token: null }), UNAUTHORIZED);
    assertProblem(await client.post({ id: "100000536", access_token: TOKEN }, { token: null }), UNAUTHORIZED);
    assertProblem(
      await client.get("?id=100000536", { token: null, headers: { Cookie: `token=${TOKEN}` } }),
      UNAUTHORIZED,
    );
  });

  test("is not required for a 404 and a 405", async () => {
    assertProblem(await client.ask({ path: "/nothing", token: null }), { status: 404, code: "not_found" });
    assertProblem(await client.ask({ method: "DELETE", token: null }), { status: 405, code: "method_not_allowed" });
  });

  test("is checked before the rest of the request", async () => {
    const wrong = { token: "wrong" };
    assertProblem(await client.get("", wrong), UNAUTHORIZED);
    assertProblem(await client.post("{", wrong), UNAUTHORIZED);
    assertProblem(await client.post(" ".repeat(20_000), wrong), UNAUTHORIZED);
    assertProblem(await client.post("", { ...wrong, headers: { "Content-Type": "text/plain" } }), UNAUTHORIZED);
    assertProblem(await client.get("?id=100000536", { ...wrong, headers: { Account: "unknown" } }), UNAUTHORIZED);
  });

  test("is checked before the configuration", async () => {
    const { brokenKey } = clients;
    assertProblem(await brokenKey.get("?id=100000536", { token: "wrong" }), UNAUTHORIZED);
    assertProblem(await brokenKey.get("?id=100000536", { token: null }), UNAUTHORIZED);
    const known = { status: 503, code: "not_configured", detail: /ALIKASSA_ACCOUNT/ };
    assertProblem(await brokenKey.get("?id=100000536"), known);
  });

  test("that is wrong causes no request to AliKassa", async () => {
    const before = sandbox.requests.length;
    await client.get("?id=100000536", { token: "wrong" });
    await client.post({ id: "100000536" }, { token: null });
    assert.equal(sandbox.requests.length, before);
  });
});

describe("several tokens", () => {
  test("are each accepted", async () => {
    const { rotating } = clients;
    assert.equal((await rotating.get("?id=100000536", { token: TOKEN })).status, 200);
    assert.equal((await rotating.get("?id=100000536", { token: NEW_TOKEN })).status, 200);
  });

  test("exclude the blanks between them and the list itself", async () => {
    const { rotating } = clients;
    for (const token of ["", " ", ",", "\t", `${TOKEN} ,,\t${NEW_TOKEN}`, `${TOKEN},${NEW_TOKEN}`]) {
      assertProblem(await rotating.get("?id=100000536", { token }), UNAUTHORIZED);
    }
  });
});

describe("a Worker without tokens", () => {
  for (const name of ["noTokens", "blankTokens"] as const) {
    test(`is closed: ${name}`, async () => {
      const closed = { status: 503, code: "not_configured", detail: /API_TOKENS/, retryable: false };
      for (const token of [TOKEN, "", "undefined", "null", null]) {
        assertProblem(await clients[name].get("?id=100000536", { token }), closed);
        assertProblem(await clients[name].post({ id: "100000536" }, { token }), closed);
      }
      assertProblem(await clients[name].ask({ path: "/healthz" }), closed);
    });
  }
});

describe("the Account header", () => {
  const accountOfLast = () => sandbox.requests.at(-1)?.headers["account"];

  test("defaults to the first account", async () => {
    assert.equal((await clients.twoAccounts.get("?id=100000601")).status, 200);
    assert.equal(accountOfLast(), ACCOUNT);
  });

  test("chooses a configured account", async () => {
    for (const Account of [SECOND_ACCOUNT, ACCOUNT]) {
      const answer = await clients.twoAccounts.post({ id: "100000601" }, { headers: { Account } });
      assert.equal(answer.status, 200);
      assert.equal(accountOfLast(), Account);
    }
  });

  test("is 403 with any other, and AliKassa is not asked", async () => {
    const before = sandbox.requests.length;
    const unknown = { status: 403, code: "unknown_account", detail: /ALIKASSA_ACCOUNT/, retryable: false };
    const others = ["00000000-0000-4000-8000-000000000003", ACCOUNT.slice(0, -1), `${ACCOUNT},${SECOND_ACCOUNT}`, "*"];
    for (const Account of others) {
      assertProblem(await clients.twoAccounts.get("?id=100000536", { headers: { Account } }), unknown);
    }
    assertProblem(await client.post({ id: "100000536" }, { headers: { Account: SECOND_ACCOUNT } }), unknown);
    assert.equal(sandbox.requests.length, before);
  });
});
