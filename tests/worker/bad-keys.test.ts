/** Keys that the Worker does not accept, and what it says about each. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refusedVectors, vectorFile } from "../fixtures/vectors.ts";
import { assertProblem } from "./client.ts";
import { secrets, setUp } from "./harness.ts";

/** Files of tests/vectors/refused, and what the answer says about each. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "pem-empty.pem": /no PEM|is missing/,
  "pem-words.pem": /no PEM/,
  "pem-path.pem": /no PEM/,
  "pem-only-body.pem": /no PEM/,
  "pem-no-end.pem": /is truncated/,
  "pem-bad-base64.pem": /damaged.*not base64/,
  "pem-line-missing.pem": /damaged|does not decrypt/,
  "certificate.pem": /"CERTIFICATE", but no private key/,
  "public.pem": /"PUBLIC KEY", but no private key/,
  "ec-plain.pem": /not an RSA key.*1\.2\.840\.10045\.2\.1/,
  "ec-encrypted.pem": /not an RSA key.*1\.2\.840\.10045\.2\.1/,
  "ec-sec1.pem": /not an RSA key/,
  "ed25519.pem": /not an RSA key.*1\.3\.101\.112/,
  "rsa-pss.pem": /not an RSA key.*1\.2\.840\.113549\.1\.1\.10/,
  "rsa-512.pem": /512 bits/,
  "rsa-512-encrypted.pem": /512 bits/,
  "rsa-1016.pem": /1016 bits/,
  "pbes2-camellia-256-cbc.pem": /1\.2\.392\.200011\.61\.1\.1\.1\.4/,
  "pbes2-rc2.pem": /1\.2\.840\.113549\.3\.2/,
  "pbes2-prf-md5.pem": /1\.2\.840\.113549\.2\.6/,
  "pbe-sha1-rc4.pem": /1\.2\.840\.113549\.1\.12\.1\.1/,
  "dek-camellia128.pem": /CAMELLIA-128-CBC/,
  "dek-rc2.pem": /RC2/,
  "iterations-1000001.pem": /1000001.*1000000/,
  "iterations-2147483647.pem": /2147483647.*1000000/,
  "iterations-2-63.pem": /too expensive.*1000000/,
  "scrypt-128-mib.pem": /too expensive/,
  "scrypt-p-2-30.pem": /too expensive|damaged/,
  "wrong-password-php.pem": /does not decrypt/,
  "wrong-password-scrypt.pem": /does not decrypt/,
  "wrong-password-dek.pem": /does not decrypt/,
  "no-password-php.pem": /ALIKASSA_PRIVATE_KEY is encrypted, but ALIKASSA_KEY_PASSWORD is missing/,
  "no-password-dek.pem": /ALIKASSA_PRIVATE_KEY is encrypted, but ALIKASSA_KEY_PASSWORD is missing/,
  "cut-pbes2-100.pem": /damaged|truncated|does not decrypt/,
  "cut-plain-300.pem": /damaged|truncated/,
  "dek-short-iv.pem": /damaged.*DEK-Info/,
  "rsa-n-not-pq.pem": /contradict/,
  "rsa-d-wrong.pem": /contradict/,
};

const vectorOf = (file: string) => refusedVectors.find((row) => row.file === file) ?? assert.fail(file);

const { workers, clientOf } = await setUp(
  Object.fromEntries(
    Object.keys(REFUSED).map((file) => [
      file,
      {
        ALIKASSA_PRIVATE_KEY: vectorFile(`refused/${file}`),
        ALIKASSA_KEY_PASSWORD: vectorOf(file).password ?? undefined,
      },
    ]),
  ),
);

describe("a bad key", () => {
  for (const [file, detail] of Object.entries(REFUSED)) {
    const { why, kind, oid } = vectorOf(file);
    test(`${why} (${file})`, async () => {
      const client = clientOf(file);
      const begin = performance.now();
      const answer = await client.post({ id: "1" });
      const code = file === "pem-empty.pem" ? "not_configured" : "bad_key";
      const problem = assertProblem(answer, { status: 503, code, detail, retryable: false });
      // What the limits are for would take minutes, hours or years.
      assert.ok(performance.now() - begin < 5000);
      const subject = kind === "wrong_password" ? "ALIKASSA_KEY_PASSWORD" : "ALIKASSA_PRIVATE_KEY";
      assert.ok(problem.detail.startsWith(`${subject} `), problem.detail);
      if (kind === "unsupported" && oid !== undefined) assert.ok(problem.detail.includes(oid));
      assertProblem(await client.ask({ path: "/healthz", token: null }), { status: 503, code, detail });
    });
  }

  test("never has its content in an answer or in the log", async () => {
    await workers.flushLogs();
    assert.deepEqual(secrets.leaks(), []);
  });
});
