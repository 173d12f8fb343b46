/** What the suite's cases share: a merchant, an AliKassa that answers at once, and ways to look at an error. */
import {
  AliKassa,
  AliKassaError,
  type AliKassaOptions,
  GatewayError,
  InvalidRequestError,
  KeyError,
} from "alikassa-edge";
import { assert } from "chai";
import type { Given } from "./given.ts";

/** The merchant of most cases. */
export class Merchant {
  readonly given: Given;

  constructor(given: Given) {
    this.given = given;
  }

  /** All that is needed of options. */
  get options(): AliKassaOptions {
    const { account, archive } = this.given;
    return { account, privateKey: archive.privatePem, password: archive.password, retries: 0 };
  }

  /** A client; it is not tried again unless a case wants it. */
  client(options: Partial<AliKassaOptions> = {}): AliKassa {
    return new AliKassa({ ...this.options, ...options });
  }

  /** The `InvalidRequestError` or `KeyError` that `call` ends with. */
  async refusalOf(call: () => unknown, name: "InvalidRequestError" | "KeyError"): Promise<AliKassaError> {
    const error = await thrownBy(call);
    assert.isTrue(error instanceof (name === "KeyError" ? KeyError : InvalidRequestError), everythingOf(error));
    assert.instanceOf(error, AliKassaError);
    assert.strictEqual(error.name, name);
    this.assertTellsNothing(error);
    return error;
  }

  /** The `GatewayError` that `call` ends with: the state is unknown, and nothing in it looks like a payout. */
  async unknownOf(call: () => unknown): Promise<GatewayError> {
    const error = await thrownBy(call);
    assert.instanceOf(error, GatewayError, everythingOf(error));
    assert.strictEqual(error.name, "GatewayError");
    assert.strictEqual(error.payoutState, "unknown");
    assert.match(error.advice, /do not cancel or repeat/);
    assert.isFalse("payment_status" in error);
    // The message may say that there is no "payment_status", but nothing may look as if it had a value.
    assert.notMatch(everythingOf(error), /(payment_?status|is_?final)["']?\s*[:=]/i);
    assert.notMatch(JSON.stringify(error), /payment_?status|is_?final/i);
    this.assertTellsNothing(error);
    return error;
  }

  /** That neither the password nor a line of the PEM stands anywhere in an error. */
  assertTellsNothing(error: unknown, { privatePem, password } = this.given.archive): void {
    assertTellsNothing(error, privatePem, password);
  }
}

/** A `fetch` that answers each request with this JSON, and counts. */
export function answering(json: string, status = 200): { readonly fetch: typeof fetch; readonly count: () => number } {
  let count = 0;
  const send: typeof fetch = async () => {
    count += 1;
    return new Response(json, { status });
  };
  return { fetch: send, count: () => count };
}

/** A `fetch` that does this, whatever its type says. */
export function sending(send: (url: string, init: RequestInit) => unknown): typeof fetch {
  return send as unknown as typeof fetch;
}

/** What `call` throws or rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  let returned: unknown;
  try {
    returned = await call();
  } catch (error) {
    return error;
  }
  return assert.fail(`it went well: ${JSON.stringify(returned)}`);
}

/** That neither a password nor a line of a PEM stands anywhere in an error. */
export function assertTellsNothing(error: unknown, pem: string, password: string | null | undefined): void {
  const text = everythingOf(error);
  // A line of the base64, not the BEGIN line, which is no secret; a short password could be a word of the message.
  const lines = pem.split(/\r?\n/).filter((line) => line.length >= 16 && !/^-----|:/.test(line));
  const secrets = [...lines, ...(password !== null && password !== undefined && password.length > 6 ? [password] : [])];
  for (const secret of secrets) assert.isFalse(text.includes(secret), "a secret stands in the error");
}

/** All that can be read of an error: its text, its stack, its own properties, and those of its cause. */
export function everythingOf(error: unknown): string {
  const parts = [String(error), JSON.stringify(error) ?? ""];
  if (typeof error === "object" && error !== null) {
    for (const key of Reflect.ownKeys(error)) {
      const value: unknown = Reflect.get(error, key);
      parts.push(`${String(key)}: ${value === error ? "" : everythingOf(value)}`);
    }
  }
  return parts.join("\n");
}

/** The bytes of base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Base64 of these bytes. */
export function base64Of(bytes: Iterable<number>): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Resolves after this time. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
