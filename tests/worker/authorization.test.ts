/** Who may ask, and in whose name. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge } from "./edge.ts";
import {
  ACCOUNT,
  newArchive,
  openSandbox,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  TOKEN,
  type Workers,
} from "./harness.ts";

const NEW_TOKEN = "the-token-that-is-rotated-in";
const UNAUTHORIZED = { status: 401, code: "unauthorized", retryable: false } as const;

let sandbox: Sandbox;
let workers: Workers<"sound" | "rotating" | "twoAccounts" | "noTokens" | "blankTokens" | "brokenKey">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox),
    rotating: soundBindings(archive, sandbox, { API_TOKENS: ` ,${TOKEN} ,,\t${NEW_TOKEN}\n,` }),
    twoAccounts: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT: ` ${ACCOUNT} , ${SECOND_ACCOUNT},` }),
    noTokens: soundBindings(archive, sandbox, { API_TOKENS: undefined }),
    blankTokens: soundBindings(archive, sandbox, { API_TOKENS: " , ,\n" }),
    brokenKey: soundBindings(archive, sandbox, { ALIKASSA_PRIVATE_KEY: "no key", ALIKASSA_ACCOUNT: undefined }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** What the Worker says to this header, by `node:http`, which sends what `fetch` would not. */
const withHeader = (Authorization: string) =>
  edge.askRaw({ path: "/v1/payout/status?id=100000536", token: null, headers: { Authorization } });

describe("a token", () => {
  test("lets who has it ask", async () => assert.equal((await edge.get("?id=100000536")).status, 200));

  for (const scheme of ["bearer", "BEARER", "bEaReR"]) {
    test(`may follow the scheme "${scheme}"`, async () => {
      assert.equal((await withHeader(`${scheme} ${TOKEN}`)).status, 200);
    });
  }

  test("is needed: without one the answer is 401, with WWW-Authenticate", async () => {
    const answer = await edge.get("?id=100000536", { token: null });
    assertProblem(answer, { ...UNAUTHORIZED, detail: /Authorization: Bearer/ });
    assert.match(answer.headers.get("WWW-Authenticate") ?? "", /^Bearer\b/);
  });

  const refused: Readonly<Record<string, string>> = {
    "is another": "Bearer another-token-altogether",
    "is longer by a character": `Bearer ${TOKEN}x`,
    "is shorter by a character": `Bearer ${TOKEN.slice(0, -1)}`,
    "begins a character later": `Bearer ${TOKEN.slice(1)}`,
    "is in upper case": `Bearer ${TOKEN.toUpperCase()}`,
    "comes twice": `Bearer ${TOKEN} ${TOKEN}`,
    "stands beside a comma, as in the list": `Bearer ${TOKEN},`,
    "is quoted": `Bearer "${TOKEN}"`,
    "is missing after the scheme": "Bearer",
    "is a blank": "Bearer  ",
    "has no scheme": TOKEN,
    "has the scheme Basic": `Basic ${TOKEN}`,
    "is coded for the scheme Basic": `Basic ${Buffer.from(`user:${TOKEN}`).toString("base64")}`,
    "has the scheme glued to it": `Bearer${TOKEN}`,
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

  test("is refused if there are two Authorization headers, one of them right", async () => {
    const { hostname, port } = edge.url;
    const status = await new Promise((resolve, reject) => {
      const headers = ["Host", "worker", "Authorization", "Bearer wrong", "Authorization", `Bearer ${TOKEN}`];
      const path = "/v1/payout/status?id=100000536";
      request({ hostname, port, path, headers, agent: false }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    assert.equal(status, 401);
  });

  test("does not count in a query, a body or a cookie", async () => {
    assertProblem(await edge.get(`?id=100000536&access_token=${TOKEN}`, { token: null }), UNAUTHORIZED);
    assertProblem(await edge.post({ id: "100000536", access_token: TOKEN }, { token: null }), UNAUTHORIZED);
    assertProblem(
      await edge.get("?id=100000536", { token: null, headers: { Cookie: `token=${TOKEN}` } }),
      UNAUTHORIZED,
    );
  });

  test("is not asked of who asked for nothing that is there", async () => {
    assertProblem(await edge.ask({ path: "/nothing", token: null }), { status: 404, code: "not_found" });
    assertProblem(await edge.ask({ method: "DELETE", token: null }), { status: 405, code: "method_not_allowed" });
  });

  test("is asked for before anything else of a question is looked at", async () => {
    const wrong = { token: "wrong" };
    assertProblem(await edge.get("", wrong), UNAUTHORIZED);
    assertProblem(await edge.post("{", wrong), UNAUTHORIZED);
    assertProblem(await edge.post(" ".repeat(20_000), wrong), UNAUTHORIZED);
    assertProblem(await edge.post("", { ...wrong, headers: { "Content-Type": "text/plain" } }), UNAUTHORIZED);
    assertProblem(await edge.get("?id=100000536", { ...wrong, headers: { Account: "unknown" } }), UNAUTHORIZED);
  });

  test("is asked for before anyone learns what is wrong with the configuration", async () => {
    const { brokenKey } = workers.edges;
    assertProblem(await brokenKey.get("?id=100000536", { token: "wrong" }), UNAUTHORIZED);
    assertProblem(await brokenKey.get("?id=100000536", { token: null }), UNAUTHORIZED);
    const known = { status: 503, code: "not_configured", detail: /ALIKASSA_ACCOUNT/ };
    assertProblem(await brokenKey.get("?id=100000536"), known);
  });

  test("is never answered by a question to AliKassa if it is wrong", async () => {
    const before = sandbox.requests.length;
    await edge.get("?id=100000536", { token: "wrong" });
    await edge.post({ id: "100000536" }, { token: null });
    assert.equal(sandbox.requests.length, before);
  });
});

describe("several tokens", () => {
  test("may ask, each of them, so that one can be rotated in before the other goes out", async () => {
    const { rotating } = workers.edges;
    assert.equal((await rotating.get("?id=100000536", { token: TOKEN })).status, 200);
    assert.equal((await rotating.get("?id=100000536", { token: NEW_TOKEN })).status, 200);
  });

  test("do not make the blanks between them tokens, nor the list one", async () => {
    const { rotating } = workers.edges;
    for (const token of ["", " ", ",", "\t", `${TOKEN} ,,\t${NEW_TOKEN}`, `${TOKEN},${NEW_TOKEN}`]) {
      assertProblem(await rotating.get("?id=100000536", { token }), UNAUTHORIZED);
    }
  });
});

describe("a Worker without tokens", () => {
  for (const name of ["noTokens", "blankTokens"] as const) {
    test(`is closed, and not open: ${name}`, async () => {
      const closed = { status: 503, code: "not_configured", detail: /API_TOKENS/, retryable: false };
      for (const token of [TOKEN, "", "undefined", "null", null]) {
        assertProblem(await workers.edges[name].get("?id=100000536", { token }), closed);
        assertProblem(await workers.edges[name].post({ id: "100000536" }, { token }), closed);
      }
      assertProblem(await workers.edges[name].ask({ path: "/healthz" }), closed);
    });
  }
});

describe("the Account header", () => {
  const asked = () => sandbox.requests.at(-1)?.headers["account"];

  test("may be left out: the first account is the default", async () => {
    assert.equal((await workers.edges.twoAccounts.get("?id=100000601")).status, 200);
    assert.equal(asked(), ACCOUNT);
  });

  test("chooses one of ours", async () => {
    for (const Account of [SECOND_ACCOUNT, ACCOUNT]) {
      const answer = await workers.edges.twoAccounts.post({ id: "100000601" }, { headers: { Account } });
      assert.equal(answer.status, 200);
      assert.equal(asked(), Account);
    }
  });

  test("with any other is 403, and AliKassa is not asked", async () => {
    const before = sandbox.requests.length;
    const unknown = { status: 403, code: "unknown_account", detail: /ALIKASSA_ACCOUNT/, retryable: false };
    const others = ["00000000-0000-4000-8000-000000000003", ACCOUNT.slice(0, -1), `${ACCOUNT},${SECOND_ACCOUNT}`, "*"];
    for (const Account of others) {
      assertProblem(await workers.edges.twoAccounts.get("?id=100000536", { headers: { Account } }), unknown);
    }
    assertProblem(await edge.post({ id: "100000536" }, { headers: { Account: SECOND_ACCOUNT } }), unknown);
    assert.equal(sandbox.requests.length, before);
  });
});
