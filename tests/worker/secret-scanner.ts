/** Finds secrets in everything that a test run made public: answers, logs, requests to AliKassa and to the merchant. */
import assert from "node:assert/strict";
import { createPrivateKey, type JsonWebKey } from "node:crypto";

/** So many characters of a key's base64 are never in a text by chance. */
const PIECE = 12;
/** A shorter password ("0", "secret") is a word that any text may hold. */
const SHORTEST = 8;

export class SecretScanner {
  /** Every run of 12 characters of a key → the key's name. */
  readonly #pieces = new Map<string, string>();
  /** A secret in each of its encodings → its name. */
  readonly #wholes = new Map<string, string>();
  readonly #records: { readonly where: string; readonly text: string }[] = [];

  /** A password or a token, which is a leak as a whole. */
  watch(name: string, secret: string): void {
    const text = secret.trim();
    if (text.length < SHORTEST) return;
    const bytes = Buffer.from(text);
    const quoted = JSON.stringify(text).slice(1, -1);
    const encoded = [text, quoted, encodeURIComponent(text), bytes.toString("base64"), bytes.toString("hex")];
    for (const encoding of encoded) this.#wholes.set(encoding, name);
  }

  /** A private key's PEM, of which every piece of the base64 is a leak. */
  watchPem(name: string, pem: string): void {
    for (const [, block = ""] of pem.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(?:-----END|$)/g)) {
      const lines = block.split(/\\r|\\n|[\r\n]/).filter((line) => !line.includes(":"));
      this.#watchPieces(name, lines.join("").replaceAll(/\s/g, ""));
    }
  }

  /** The private numbers in a PEM, in base64 and in hex. */
  watchNumbers(name: string, pem: string, password: string): void {
    const key = createPrivateKey({ key: pem, passphrase: password });
    this.#watchPieces(name, key.export({ format: "der", type: "pkcs8" }).toString("base64").slice(-400));
    const { d = "", p = "", q = "" }: JsonWebKey = key.export({ format: "jwk" });
    for (const number of [d, p, q]) {
      const bytes = Buffer.from(number, "base64url");
      for (const encoding of [number, bytes.toString("base64"), bytes.toString("hex")])
        this.#watchPieces(name, encoding);
    }
  }

  #watchPieces(name: string, text: string): void {
    for (let i = 0; i + PIECE <= text.length; i++) this.#pieces.set(text.slice(i, i + PIECE), name);
  }

  /** A text that somebody could read. */
  record(where: string, text: string): void {
    this.#records.push({ where, text });
  }

  hasRecorded(where: string, text: string): boolean {
    return this.recorded(where).some((recorded) => recorded.includes(text));
  }

  recorded(where: string): string[] {
    return this.#records.filter((record) => record.where === where).map(({ text }) => text);
  }

  /** A line for each secret that leaked, and where. */
  leaks(): string[] {
    const found = new Set<string>();
    for (const { where, text } of this.#records) {
      for (const [secret, name] of this.#wholes) if (text.includes(secret)) found.add(`${name} in ${where}`);
      // A key may leak with its line breaks, as they are or escaped in JSON.
      for (const variant of new Set([text, text.replaceAll(/\\[nr]|\s/g, "")])) {
        for (let i = 0; i + PIECE <= variant.length; i++) {
          const name = this.#pieces.get(variant.slice(i, i + PIECE));
          if (name !== undefined) found.add(`${name} in ${where}`);
        }
      }
    }
    return [...found].sort();
  }

  /** Fails if a secret leaked, or if there was nothing to scan or to look for. */
  assertNoLeaks(): void {
    assert.ok(this.#records.length > 0, "nothing was recorded");
    assert.ok(this.#pieces.size > 0 && this.#wholes.size > 0, "no secret is watched");
    assert.deepEqual(this.leaks(), []);
  }
}
