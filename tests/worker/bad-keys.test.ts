/** What is no usable key is refused, at once, and the answer says what is wrong with it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeArchive } from "../../dist/sandbox/index.js";
import { assertProblem } from "./edge.ts";
import { type Bindings, secrets, soundBindings, startWorkers, type Workers } from "./harness.ts";
import { badKey, badPem } from "./vectors.ts";

/** Files of tests/vectors/refused, and what must be said of each. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  "pem-empty.pem": /no PEM|is missing/,
  "pem-words.pem": /no PEM/,
  "pem-path.pem": /no PEM/,
  "pem-only-body.pem": /no PEM/,
  "pem-no-end.pem": /cut off/,
  "pem-bad-base64.pem": /base64.*damaged/,
  "pem-line-missing.pem": /damaged|does not open/,
  "certificate.pem": /"CERTIFICATE" and no private key/,
  "public.pem": /"PUBLIC KEY" and no private key/,
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
  "wrong-password-php.pem": /does not open/,
  "wrong-password-scrypt.pem": /does not open/,
  "wrong-password-dek.pem": /does not open/,
  "no-password-php.pem": /no password was given/,
  "no-password-dek.pem": /no password was given/,
  "cut-pbes2-100.pem": /damaged|cut off|does not open/,
  "cut-plain-300.pem": /damaged|cut off/,
  "dek-short-iv.pem": /DEK-Info.*damaged/,
  "rsa-n-not-pq.pem": /contradict/,
  "rsa-d-wrong.pem": /contradict/,
};
/** Nobody asks AliKassa here. */
const NOWHERE = { url: "http://127.0.0.1:9" };

let workers: Workers<string>;

before(async () => {
  const configurations: Record<string, Bindings> = {};
  for (const file of Object.keys(REFUSED)) {
    const changes = { ALIKASSA_PRIVATE_KEY: badPem(file), ALIKASSA_KEY_PASSWORD: badKey(file).password ?? undefined };
    configurations[file] = soundBindings(makeArchive({ bits: 1024 }), NOWHERE, changes);
  }
  workers = await startWorkers(configurations);
});

after(() => workers.stop());

describe("a key is refused that is", () => {
  for (const [file, detail] of Object.entries(REFUSED)) {
    const { why, kind, oid } = badKey(file);
    test(`${why} (${file})`, async () => {
      const edge = workers.edges[file];
      assert.ok(edge);
      const begin = performance.now();
      const answer = await edge.post({ id: "1" });
      const code = file === "pem-empty.pem" ? "not_configured" : "bad_key";
      const { detail: said } = assertProblem(answer, { status: 503, code, detail, retryable: false });
      // At once: what a limit is for would take minutes, hours or years.
      assert.ok(performance.now() - begin < 5000);
      const ofPassword = kind === "wrong_password" || kind === "no_password";
      assert.ok(said.startsWith(ofPassword ? "ALIKASSA_KEY_PASSWORD" : "ALIKASSA_PRIVATE_KEY"), said);
      if (kind === "unsupported" && oid !== undefined) assert.ok(said.includes(oid), said);
      assertProblem(await edge.ask({ path: "/healthz", token: null }), { status: 503, code, detail });
    });
  }

  test("any of these, and none of its content is said", async () => {
    await workers.allHeard();
    assert.deepEqual(secrets.leaks(), []);
  });
});
