/** What the cases of the suite share: a client, and assertions about its errors. */
import {
  AliKassa,
  AliKassaError,
  type AliKassaOptions,
  GatewayError,
  InvalidRequestError,
  KeyError,
  RequestError,
} from "alikassa-edge";
import { assert } from "chai";
import { assertNoSecret, everythingOf, thrownBy } from "../fixtures/errors.ts";
import type { SuiteData } from "./suite-data.ts";

export class SuiteContext {
  readonly data: SuiteData;

  constructor(data: SuiteData) {
    this.data = data;
  }

  /** The options of {@link client}. */
  get options(): AliKassaOptions {
    const { account, archive } = this.data;
    return { account, privateKey: archive.privatePem, password: archive.password, retries: 0 };
  }

  /** A client without retries. */
  client(options: Partial<AliKassaOptions> = {}): AliKassa {
    return new AliKassa({ ...this.options, ...options });
  }

  /** The error of an invalid argument, option or key. */
  async refusalOf(call: () => unknown, name: "InvalidRequestError" | "KeyError"): Promise<AliKassaError> {
    const error = await thrownBy(call);
    assert.isTrue(error instanceof (name === "KeyError" ? KeyError : InvalidRequestError), everythingOf(error));
    if (!(error instanceof AliKassaError)) assert.fail(everythingOf(error));
    assert.strictEqual(error.name, name);
    this.#assertNoSecret(error);
    return error;
  }

  /** The error of an unknown payout: it says so, and nothing in it looks like a payout. */
  async unknownOf(call: () => unknown, name?: "WaitTimeoutError"): Promise<GatewayError> {
    const error = await thrownBy(call);
    assert.instanceOf(error, GatewayError, everythingOf(error));
    assert.strictEqual(error.name, error.code === "aborted" ? "AbortError" : (name ?? "GatewayError"));
    assert.strictEqual(error.payoutState, "unknown");
    assert.match(error.message, /^the payout's state is unknown: /);
    assert.match(error.advice, /do not cancel or repeat/);
    this.#assertNoPayout(error);
    return error;
  }

  /** The error of `request()`: it says nothing about the state of a payout. */
  async requestErrorOf(call: () => unknown): Promise<RequestError> {
    const error = await thrownBy(call);
    assert.instanceOf(error, RequestError, everythingOf(error));
    assert.notInstanceOf(error, GatewayError);
    assert.strictEqual(error.name, error.code === "aborted" ? "AbortError" : "RequestError");
    assert.isFalse("payoutState" in error || error.message.includes("state is unknown"));
    this.#assertNoPayout(error);
    return error;
  }

  #assertNoPayout(error: RequestError): void {
    assert.isFalse("payment_status" in error);
    // The message may say that there is no "payment_status", but must not seem to have a value.
    assert.notMatch(everythingOf(error), /(payment_?status|is_?final)["']?\s*[:=]/i);
    assert.notMatch(JSON.stringify(error), /payment_?status|is_?final/i);
    this.#assertNoSecret(error);
  }

  #assertNoSecret(error: unknown): void {
    assertNoSecret(error, this.data.archive.privatePem, this.data.archive.password);
  }
}

/** The bytes of base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Base64 of these bytes. */
export function base64Of(bytes: Iterable<number>): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
