/** The form of a key file as `doctor` reads it, against `openssl asn1parse`. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readKeyForm } from "../../js/cli/key-form.ts";
import { keyVectors, mangledVectors, refusedVectors, vectorFile } from "../fixtures/vectors.ts";

/** The output of `openssl asn1parse`, as tests/vectors has it, in the words of `doctor`. */
function inOurWords(der: string): string {
  const [scheme = "", ...words] = der.split(" ");
  if (der.endsWith("PRIVATE KEY")) return der;
  if (scheme === "DEK-Info") return `DEK-Info, EVP_BytesToKey with MD5, 1 round, ${words[0]}`;
  if (scheme === "pbeWithMD5AndDES-CBC") return `${scheme}, MD5, ${words[0]} rounds, DES-CBC`;
  if (scheme.startsWith("pbeWithSHA1And3-Key")) return `${scheme}, SHA-1, ${words[0]} rounds, DES-EDE3-CBC`;
  const [kdf, ...numbers] = words.slice(0, -1);
  const cipher = words.at(-1)?.toUpperCase();
  if (kdf === "scrypt") return `PBES2, scrypt with N ${numbers[0]}, r ${numbers[1]}, p ${numbers[2]}, ${cipher}`;
  const prf = numbers.find((word) => word.startsWith("hmac"))?.replace("hmacWithSHA", "") ?? "1";
  const hash = prf.replace(/^512-(?=2)/, "512/");
  return `PBES2, PBKDF2 with HMAC-SHA-${hash}, ${numbers[0]} ${numbers[0] === "1" ? "round" : "rounds"}, ${cipher}`;
}

describe("the form of a key", () => {
  test("is that of openssl asn1parse for all keys", () => {
    assert.ok(keyVectors.length > 100);
    for (const { file, der } of keyVectors) {
      const { label, encryption } = readKeyForm(vectorFile(`keys/${file}`)) ?? assert.fail(file);
      const { scheme, kdf, cipher } = encryption ?? {};
      const found = encryption === undefined ? label : `${scheme}, ${kdf}, ${cipher}`;
      assert.equal(found, inOurWords(der), file);
    }
  });

  test("is found in pasted keys", () => {
    assert.ok(mangledVectors.length > 20);
    for (const { name, text } of mangledVectors) assert.ok(readKeyForm(text) !== undefined, name);
  });

  test("is read from damaged keys without an exception", () => {
    assert.ok(refusedVectors.length > 50);
    for (const { file } of refusedVectors) readKeyForm(vectorFile(`refused/${file}`));
  });
});
