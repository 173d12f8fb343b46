/**
 * The secrets that were given to a Worker, and everything that was said in the same process: answers, logs, requests to
 * AliKassa. A secret in what was said is a leak.
 */
import assert from "node:assert/strict";
import { createPrivateKey, type JsonWebKey } from "node:crypto";

/** So many characters of a key's base64 are never there by chance. */
const PIECE = 12;
/** A shorter password ("0", "secret") is a word that any text may hold. */
const SHORTEST = 8;

/** Something that was said, and where. */
interface Said {
  readonly where: string;
  readonly text: string;
}

/** Remembers secrets and texts, and finds the ones in the others. */
export class Secrets {
  /** Every run of 12 characters of a key → the name of what it is a piece of. */
  readonly #pieces = new Map<string, string>();
  /** A secret, as it is and in other spellings → its name. */
  readonly #wholes = new Map<string, string>();
  readonly #said: Said[] = [];

  /** A secret that must not be there as a whole: a password or a token. */
  keep(name: string, secret: string): void {
    const text = secret.trim();
    if (text.length < SHORTEST) return;
    const bytes = Buffer.from(text);
    const quoted = JSON.stringify(text).slice(1, -1);
    const spellings = [text, quoted, encodeURIComponent(text), bytes.toString("base64"), bytes.toString("hex")];
    for (const spelling of spellings) this.#wholes.set(spelling, name);
  }

  /** A private key of which not even a piece must be there: the base64 between its BEGIN and END lines. */
  keepPem(name: string, pem: string): void {
    for (const [, block = ""] of pem.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)(?:-----END|$)/g)) {
      const lines = block.split(/\\r|\\n|[\r\n]/).filter((line) => !line.includes(":"));
      this.#keepPieces(name, lines.join("").replaceAll(/\s/g, ""));
    }
  }

  /** What is inside the PEM: the private numbers of the key, in base64 and in hex. */
  keepNumbers(name: string, pem: string, password: string): void {
    const key = createPrivateKey({ key: pem, passphrase: password });
    this.#keepPieces(name, key.export({ format: "der", type: "pkcs8" }).toString("base64").slice(-400));
    const { d = "", p = "", q = "" }: JsonWebKey = key.export({ format: "jwk" });
    for (const number of [d, p, q]) {
      const bytes = Buffer.from(number, "base64url");
      for (const spelling of [number, bytes.toString("base64"), bytes.toString("hex")])
        this.#keepPieces(name, spelling);
    }
  }

  #keepPieces(name: string, text: string): void {
    for (let i = 0; i + PIECE <= text.length; i++) this.#pieces.set(text.slice(i, i + PIECE), name);
  }

  /** Something that somebody could read. */
  hear(where: string, text: string): void {
    this.#said.push({ where, text });
  }

  /** Whether a text was said in such a place. */
  heard(where: string, text: string): boolean {
    return this.#said.some((said) => said.where === where && said.text.includes(text));
  }

  /** All that was said in such a place. */
  all(where: string): string[] {
    return this.#said.filter((said) => said.where === where).map(({ text }) => text);
  }

  /** A line for each secret that was said, and where. */
  leaks(): string[] {
    const found = new Set<string>();
    for (const { where, text } of this.#said) {
      for (const [secret, name] of this.#wholes) if (text.includes(secret)) found.add(`${name} in ${where}`);
      // A key that is said with its line breaks is said too, real ones or those of a JSON text.
      for (const spelling of new Set([text, text.replaceAll(/\\[nr]|\s/g, "")])) {
        for (let i = 0; i + PIECE <= spelling.length; i++) {
          const name = this.#pieces.get(spelling.slice(i, i + PIECE));
          if (name !== undefined) found.add(`${name} in ${where}`);
        }
      }
    }
    return [...found].sort();
  }

  /** Fails if a secret was said, and if nobody said or kept anything. */
  assertKept(): void {
    assert.ok(this.#said.length > 0, "nothing was said, so nothing was checked");
    assert.ok(this.#pieces.size > 0 && this.#wholes.size > 0, "there was no secret to look for");
    assert.deepEqual(this.leaks(), []);
  }
}
