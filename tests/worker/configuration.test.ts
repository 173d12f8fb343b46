/** Secrets and variables: missing, invalid, and valid in unusual spellings. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeArchive } from "../../dist/sandbox/index.js";
import { assertProblem, type Expected } from "./client.ts";
import { ACCOUNT, type Bindings, SECOND_ACCOUNT, setUp, TOKEN } from "./harness.ts";

/** Changes of a valid configuration, and what the Worker says about them; `null` if they are valid. */
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

const CASES: Readonly<Record<string, Case>> = {
  "no key": missing("ALIKASSA_PRIVATE_KEY", undefined),
  "an empty key": missing("ALIKASSA_PRIVATE_KEY", ""),
  "a blank key": {
    changes: { ALIKASSA_PRIVATE_KEY: " \n" },
    code: "bad_key",
    detail: /^ALIKASSA_PRIVATE_KEY contains no PEM block/,
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
    detail: /^ALIKASSA_PRIVATE_KEY is encrypted, but ALIKASSA_KEY_PASSWORD is missing\. Set it to/,
  },
  "an empty password for an encrypted key": {
    changes: { ALIKASSA_KEY_PASSWORD: "" },
    code: "bad_key",
    detail: /^ALIKASSA_KEY_PASSWORD does not decrypt ALIKASSA_PRIVATE_KEY/,
  },
  "a wrong password": {
    changes: { ALIKASSA_KEY_PASSWORD: "quite another password" },
    code: "bad_key",
    detail: /^ALIKASSA_KEY_PASSWORD does not decrypt ALIKASSA_PRIVATE_KEY/,
  },
  "http to another machine": url("http://api-merchant.alikassa.com", /https/),
  "http to what only begins like loopback": url("http://127.0.0.1.example.com", /https/),
  "http to another machine behind a loopback user": url("http://127.0.0.1@example.com", /user name/),
  "a URL with credentials": url("https://merchant:let-me-in-12345@example.com", /user name/),
  "a URL with a query": url("https://example.com/?a=b", /query/),
  "a URL with a fragment": url("https://example.com/#a", /fragment/),
  "a host without a scheme": url("api-merchant.alikassa.com", /https/),
  "a URL of a file": url("file:///etc/passwd", /https/),
  "words in place of a URL": url("the usual one", /https/),
  "a time of no milliseconds": timeout("0"),
  "a negative time": timeout("-1"),
  "a time with a fraction": timeout("1500.5"),
  "a time in seconds": timeout("30s"),
  "a time in words": timeout("soon"),
  "a blank time": timeout(" "),
  "a time beyond the limit": timeout("99999999999999999999"),
  "a number of no milliseconds": timeout(0),
  "a digest of another kind": digest("md5"),
  "a digest with a dash": digest("sha-512"),
  "a blank digest": digest(" "),

  "an empty base URL, an empty digest and an empty time": sound({
    ALIKASSA_BASE_URL: "",
    ALIKASSA_DIGEST: "",
    ALIKASSA_TIMEOUT_MS: "",
  }),
  "a time as a number": sound({ ALIKASSA_TIMEOUT_MS: 5000 }),
  "a time as a text": sound({ ALIKASSA_TIMEOUT_MS: "5000" }),
  "a time with a line break": sound({ ALIKASSA_TIMEOUT_MS: " 5000\n" }),
  "an account with blanks around it": sound({ ALIKASSA_ACCOUNT: ` ${ACCOUNT}\n` }),
  "several accounts": sound({ ALIKASSA_ACCOUNT: `${ACCOUNT}, ${SECOND_ACCOUNT}` }),
  "a token with a line break": sound({ API_TOKENS: `${TOKEN}\n` }),
  "a digest with a line break": sound({ ALIKASSA_DIGEST: "sha1\n" }),
};

/** Valid ones that need the archive or the sandbox; AliKassa answers to each. */
const ANSWERED = [
  "a password with a line break",
  "a password with CRLF",
  "a PEM with literal \\n",
  "a PEM with CRLF",
  "a base URL with a slash",
  "a base URL with a line break",
  "a base URL by the name localhost",
];
const other = makeArchive({ bits: 1024 });

const { sandbox, clientOf } = await setUp<string>(
  ({ archive: { privatePem, password }, sandbox: { baseUrl: url } }) => ({
    ...Object.fromEntries(Object.entries(CASES).map(([name, { changes }]) => [name, changes])),
    "a password with a line break": { ALIKASSA_KEY_PASSWORD: `${password}\n` },
    "a password with CRLF": { ALIKASSA_KEY_PASSWORD: `${password}\r\n` },
    "a PEM with literal \\n": { ALIKASSA_PRIVATE_KEY: privatePem.replaceAll("\n", "\\n") },
    "a PEM with CRLF": { ALIKASSA_PRIVATE_KEY: privatePem.replaceAll("\n", "\r\n") },
    "a base URL with a slash": { ALIKASSA_BASE_URL: `${url}/` },
    "a base URL with a line break": { ALIKASSA_BASE_URL: `${url}\n` },
    "a base URL by the name localhost": { ALIKASSA_BASE_URL: url.replace("127.0.0.1", "localhost") },
    "a base URL with a path": { ALIKASSA_BASE_URL: `${url}/prefix/` },
    "the archive of another merchant": {
      ALIKASSA_PRIVATE_KEY: other.privatePem,
      ALIKASSA_KEY_PASSWORD: other.password,
    },
    "an account that AliKassa does not know": { ALIKASSA_ACCOUNT: "unknown" },
    "a digest that AliKassa does not expect": { ALIKASSA_DIGEST: "sha256" },
  }),
);

describe("an invalid configuration is 503, and the answer says why", () => {
  for (const [name, { detail, code = "not_configured" }] of Object.entries(CASES)) {
    if (detail === null) continue;
    test(name, async () => {
      const before = sandbox.requests.length;
      const client = clientOf(name);
      const expected: Expected = { status: 503, code, detail, retryable: false };
      const problem = assertProblem(await client.post({ id: "100000536" }), expected);
      assert.deepEqual(assertProblem(await client.ask({ path: "/healthz" }), expected), problem);
      // The same again: the isolate keeps the error.
      assert.deepEqual(assertProblem(await client.get("?id=100000536"), expected), problem);
      assert.equal(sandbox.requests.length, before);
    });
  }

  test("without the credentials in a URL", async () => {
    const { text } = await clientOf("a URL with credentials").post({ id: "1" });
    assert.doesNotMatch(text, /merchant:|let-me-in/);
  });
});

describe("a valid configuration", () => {
  for (const [name, { detail }] of Object.entries(CASES)) {
    if (detail !== null) continue;
    test(name, async () => assert.equal((await clientOf(name).ask({ path: "/healthz" })).status, 200));
  }

  for (const name of [
    "a time as a number",
    "a time with a line break",
    "a token with a line break",
    "several accounts",
  ])
    test(`${name}: asks AliKassa`, async () => {
      assert.equal((await clientOf(name).post({ id: "100000536" })).status, 200);
    });

  for (const name of ANSWERED) {
    test(name, async () => {
      const answer = await clientOf(name).post({ id: "100000536" });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(sandbox.requests.at(-1)?.path, "/v1/payout/status");
    });
  }

  test("a base URL with a path: AliKassa's path is appended", async () => {
    const upstream = { status: 404, message: "Not Found." };
    const answer = await clientOf("a base URL with a path").post({ id: "100000536" });
    assertProblem(answer, { status: 502, code: "upstream_status", retryable: false, upstream });
    assert.equal(sandbox.requests.at(-1)?.path, "/prefix/v1/payout/status");
  });
});

describe("AliKassa's refusal is passed on", () => {
  for (const [name, errors] of Object.entries({
    "the archive of another merchant": { sign: ["The sign is invalid."] },
    "an account that AliKassa does not know": { account: ["The selected account is invalid."] },
    "a digest that AliKassa does not expect": {
      sign: ["The sign is invalid. It was made with sha256; this account signs with sha1."],
    },
  })) {
    test(name, async () => {
      const upstream = { status: 400, message: "The given data was invalid.", errors };
      const answer = await clientOf(name).post({ id: "100000536" });
      assertProblem(answer, { status: 502, code: "upstream_status", retryable: false, upstream });
    });
  }
});
