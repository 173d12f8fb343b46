/** Secrets and variables: what is missing, what is wrong, and what is taken as it was meant. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type KeyArchive, makeArchive, type Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge, type Expected } from "./edge.ts";
import {
  ACCOUNT,
  type Bindings,
  newArchive,
  openSandbox,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  TOKEN,
  type Workers,
} from "./harness.ts";

/** A configuration that is sound but for these changes, and what the Worker must say of it; `null` for nothing. */
interface Case {
  readonly changes: Bindings;
  readonly detail: RegExp | null;
  readonly code?: "bad_key";
}

const missing = (name: string, value: string | undefined): Case => {
  return { changes: { [name]: value }, detail: new RegExp(`^${name} is missing`) };
};
const url = (value: string, reason: RegExp): Case => {
  return { changes: { ALIKASSA_BASE_URL: value }, detail: new RegExp(`^ALIKASSA_BASE_URL .*${reason.source}`) };
};
const timeout = (value: string | number): Case => {
  return { changes: { ALIKASSA_TIMEOUT_MS: value }, detail: /^ALIKASSA_TIMEOUT_MS .*milliseconds/ };
};
const digest = (value: string): Case => ({
  changes: { ALIKASSA_DIGEST: value },
  detail: /^ALIKASSA_DIGEST .*sha1.*sha256/,
});
const sound = (changes: Bindings): Case => ({ changes, detail: null });

/** Nothing that needs the archive or the sandbox, which are made later. */
const CASES: Readonly<Record<string, Case>> = {
  "no key": missing("ALIKASSA_PRIVATE_KEY", undefined),
  "an empty key": missing("ALIKASSA_PRIVATE_KEY", ""),
  "a blank key": {
    changes: { ALIKASSA_PRIVATE_KEY: " \n" },
    code: "bad_key",
    detail: /^ALIKASSA_PRIVATE_KEY: there is no PEM/,
  },
  "no account": missing("ALIKASSA_ACCOUNT", undefined),
  "an empty account": missing("ALIKASSA_ACCOUNT", ""),
  "a blank account": missing("ALIKASSA_ACCOUNT", " \n"),
  "accounts that are all blank": missing("ALIKASSA_ACCOUNT", " , ,"),
  "an account of two words": { changes: { ALIKASSA_ACCOUNT: "my account" }, detail: /^ALIKASSA_ACCOUNT is invalid/ },
  "an account in Cyrillic": { changes: { ALIKASSA_ACCOUNT: "счёт" }, detail: /^ALIKASSA_ACCOUNT is invalid/ },
  "an account that would add a header": {
    changes: { ALIKASSA_ACCOUNT: `${ACCOUNT}\r\nX: y` },
    detail: /^ALIKASSA_ACCOUNT is invalid/,
  },
  "a second account that is none": {
    changes: { ALIKASSA_ACCOUNT: `${ACCOUNT},a b` },
    detail: /^ALIKASSA_ACCOUNT is invalid/,
  },
  "a digest that is no string": { changes: { ALIKASSA_DIGEST: true }, detail: /^ALIKASSA_DIGEST must be a string/ },
  "an address that is no string": {
    changes: { ALIKASSA_BASE_URL: false },
    detail: /^ALIKASSA_BASE_URL must be a string/,
  },
  "no tokens": missing("API_TOKENS", undefined),
  "an empty list of tokens": missing("API_TOKENS", ""),
  "blank tokens": missing("API_TOKENS", " ,\n, "),
  "no password for an encrypted key": {
    changes: { ALIKASSA_KEY_PASSWORD: undefined },
    code: "bad_key",
    detail: /^ALIKASSA_KEY_PASSWORD.*no password was given/,
  },
  "an empty password for an encrypted key": {
    changes: { ALIKASSA_KEY_PASSWORD: "" },
    code: "bad_key",
    detail: /^ALIKASSA_KEY_PASSWORD.*does not open/,
  },
  "a wrong password": {
    changes: { ALIKASSA_KEY_PASSWORD: "quite another password" },
    code: "bad_key",
    detail: /^ALIKASSA_KEY_PASSWORD.*does not open/,
  },
  "http to another machine": url("http://api-merchant.alikassa.com", /https/),
  "http to a private address": url("http://192.168.0.1", /https/),
  "http to what only begins like loopback": url("http://127.0.0.1.example.com", /https/),
  "http to a name under localhost": url("http://localhost.example.com", /https/),
  "http to another machine behind a loopback user": url("http://127.0.0.1@example.com", /user name/),
  "a URL with credentials": url("https://merchant:let-me-in-12345@example.com", /user name/),
  "a URL with credentials, to loopback": url("http://merchant:let-me-in-12345@127.0.0.1", /user name/),
  "a URL with a query": url("https://example.com/?a=b", /query/),
  "a URL with a fragment": url("https://example.com/#a", /fragment/),
  "a host without a scheme": url("api-merchant.alikassa.com", /https/),
  "a URL without a host": url("https://", /https/),
  "a URL with a blank": url("https://exa mple.com", /https/),
  "a URL with a port that is none": url("https://example.com:99999", /./),
  "a URL with a port that is a word": url("https://example.com:port", /./),
  "a URL with a port and no host": url("https://:443", /./),
  "a URL of a file": url("file:///etc/passwd", /https/),
  "a URL of another scheme": url("ftp://example.com", /https/),
  "words in place of a URL": url("the usual one", /https/),
  "a time of no milliseconds": timeout("0"),
  "a negative time": timeout("-1"),
  "a time with a fraction": timeout("1500.5"),
  "a time in seconds": timeout("30s"),
  "a time in words": timeout("soon"),
  "a time of a blank": timeout(" "),
  "a time beyond all patience": timeout("99999999999999999999"),
  "a number of no milliseconds": timeout(0),
  "a negative number": timeout(-5),
  "a number with a fraction": timeout(1500.5),
  "a digest of another kind": digest("md5"),
  "a digest with a dash": digest("sha-512"),
  "a digest of a blank": digest(" "),

  "an empty base URL, an empty digest and an empty time": {
    changes: { ALIKASSA_BASE_URL: "", ALIKASSA_DIGEST: "", ALIKASSA_TIMEOUT_MS: "" },
    detail: null,
  },
  "a time as a number": sound({ ALIKASSA_TIMEOUT_MS: 5000 }),
  "a time as a text": sound({ ALIKASSA_TIMEOUT_MS: "5000" }),
  "a time with a line break": sound({ ALIKASSA_TIMEOUT_MS: " 5000\n" }),
  "an account with blanks around it": sound({ ALIKASSA_ACCOUNT: ` ${ACCOUNT}\n` }),
  "several accounts": sound({ ALIKASSA_ACCOUNT: `${ACCOUNT}, ${SECOND_ACCOUNT}` }),
  "a token with a line break": sound({ API_TOKENS: `${TOKEN}\n` }),
  "a digest with a line break": sound({ ALIKASSA_DIGEST: "sha1\n" }),
};

let archive: KeyArchive;
let sandbox: Sandbox;
let workers: Workers<string>;

/** Configurations that need what is made first. */
function lateCases(): Record<string, Bindings> {
  const { privatePem, password } = archive;
  const withUrl = (url: string) => soundBindings(archive, { url });
  return {
    "a password with a line break": soundBindings({ ...archive, password: `${password}\n` }, sandbox),
    "a password with CRLF": soundBindings({ ...archive, password: `${password}\r\n` }, sandbox),
    "a PEM with literal \\n": soundBindings({ ...archive, privatePem: privatePem.replaceAll("\n", "\\n") }, sandbox),
    "a PEM with CRLF": soundBindings({ ...archive, privatePem: privatePem.replaceAll("\n", "\r\n") }, sandbox),
    "a base URL with a slash": withUrl(`${sandbox.url}/`),
    "a base URL with a line break": withUrl(`${sandbox.url}\n`),
    "a base URL by the name localhost": withUrl(sandbox.url.replace("127.0.0.1", "localhost")),
    "a base URL with a path": withUrl(`${sandbox.url}/prefix/`),
    "the archive of another merchant": soundBindings(makeArchive({ bits: 1024 }), sandbox),
    "an account that AliKassa does not know": soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT: "unknown" }),
    "a digest that AliKassa does not expect": soundBindings(archive, sandbox, { ALIKASSA_DIGEST: "sha256" }),
  };
}

before(async () => {
  archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  const cases = Object.entries(CASES).map(([name, { changes }]) => [name, soundBindings(archive, sandbox, changes)]);
  workers = await startWorkers<string>({ ...Object.fromEntries(cases), ...lateCases() });
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

describe("the Worker does not work, and says why, with", () => {
  for (const [name, { detail, code = "not_configured" }] of Object.entries(CASES)) {
    if (detail === null) continue;
    test(name, async () => {
      const before = sandbox.requests.length;
      const expected: Expected = { status: 503, code, detail, retryable: false };
      const problem = assertProblem(await edgeOf(name).post({ id: "100000536" }), expected);
      assert.deepEqual(assertProblem(await edgeOf(name).ask({ path: "/healthz" }), expected), problem);
      // And again: what is wrong stays wrong as long as the isolate lives.
      assert.deepEqual(assertProblem(await edgeOf(name).get("?id=100000536"), expected), problem);
      assert.equal(sandbox.requests.length, before);
    });
  }

  test("a URL with credentials, which it does not say again", async () => {
    const { text } = await edgeOf("a URL with credentials").post({ id: "1" });
    assert.doesNotMatch(text, /merchant:|let-me-in/);
  });
});

describe("the Worker works with", () => {
  for (const [name, { detail }] of Object.entries(CASES)) {
    if (detail !== null) continue;
    test(name, async () => {
      assert.equal((await edgeOf(name).ask({ path: "/healthz" })).status, 200);
    });
  }

  for (const name of [
    "a time as a number",
    "a time with a line break",
    "a token with a line break",
    "several accounts",
  ]) {
    test(`${name}, and asks AliKassa`, async () => {
      assert.equal((await edgeOf(name).post({ id: "100000536" })).status, 200);
    });
  }

  for (const name of [
    "a password with a line break",
    "a password with CRLF",
    "a PEM with literal \\n",
    "a PEM with CRLF",
    "a base URL with a slash",
    "a base URL with a line break",
    "a base URL by the name localhost",
  ]) {
    test(name, async () => {
      const answer = await edgeOf(name).post({ id: "100000536" });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(sandbox.requests.at(-1)?.path, "/v1/payout/status");
    });
  }

  test("a base URL with a path, under which it asks", async () => {
    const upstream = { status: 404, message: "Not Found." };
    const answer = await edgeOf("a base URL with a path").post({ id: "100000536" });
    assertProblem(answer, { status: 502, code: "upstream_status", retryable: false, upstream });
    assert.equal(sandbox.requests.at(-1)?.path, "/prefix/v1/payout/status");
  });
});

describe("AliKassa refuses, and the Worker says so, with", () => {
  for (const [name, errors] of Object.entries({
    "the archive of another merchant": { sign: ["The sign is invalid."] },
    "an account that AliKassa does not know": { account: ["The selected account is invalid."] },
    "a digest that AliKassa does not expect": {
      sign: ["The sign is invalid. It was made with sha256; this account signs with sha1."],
    },
  })) {
    test(name, async () => {
      const upstream = { status: 400, message: "The given data was invalid.", errors };
      const answer = await edgeOf(name).post({ id: "100000536" });
      assertProblem(answer, { status: 502, code: "upstream_status", retryable: false, upstream });
    });
  }
});
