/** A merchant made of Node's crypto and http. */
import assert from "node:assert/strict";
import { createPrivateKey, sign as cryptoSign } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { after, afterEach } from "node:test";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive, SECOND_ACCOUNT } from "../fixtures/keys.ts";

export { ACCOUNT, archive, SECOND_ACCOUNT };
export const STATUS = "/v1/payout/status";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Data events: how many pieces the body came in. */
  readonly pieces: number;
}

export interface Sending {
  readonly method?: string;
  readonly path?: string;
  readonly digest?: "RSA-SHA1" | "RSA-SHA256";
  /** Replaces headers; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Stops reading after so many bytes. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

const privateKey = createPrivateKey({ key: archive.privatePem, passphrase: archive.password });

/** A sandbox for the file in which this is called, reset after each test. */
export async function fileSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const account = [ACCOUNT, SECOND_ACCOUNT];
  const sandbox = await startSandbox({ account, publicPem: archive.publicPem, dripIntervalMs: 1, ...options });
  after(() => sandbox.close());
  afterEach(() => sandbox.reset());
  return sandbox;
}

export function signature(body: string | Buffer, digest = "RSA-SHA1"): string {
  return cryptoSign(digest, Buffer.from(body), privateKey).toString("base64");
}

/** Sends a signed request over a new connection. */
export function send(base: string, body: string | Buffer, sending: Sending = {}): Promise<Answer> {
  const {
    method = "POST",
    path = STATUS,
    digest = "RSA-SHA1",
    maxBytes = Number.POSITIVE_INFINITY,
    timeoutMs = 10_000,
  } = sending;
  const all = {
    "content-type": "application/json",
    account: ACCOUNT,
    sign: signature(body, digest),
    "content-length": String(Buffer.byteLength(body)),
    ...sending.headers,
  };
  const headers = Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = httpRequest(new URL(path, base), { method, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const done = (): void => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, bytes, text: bytes.toString(), pieces: chunks.length });
      };
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length < maxBytes) return;
        done();
        request.destroy();
      });
      response.once("end", done).once("error", reject);
    });
    request.once("error", reject).end(body);
  });
}

/** Requests to a sandbox. */
export class Merchant {
  readonly #sandbox: Pick<Sandbox, "baseUrl">;

  constructor(sandbox: Pick<Sandbox, "baseUrl">) {
    this.#sandbox = sandbox;
  }

  /** Exactly this body. */
  send(body: string | Buffer, sending?: Sending): Promise<Answer> {
    return send(this.#sandbox.baseUrl, body, sending);
  }

  /** A status request. */
  ask(question: Readonly<Record<string, unknown>>, sending?: Sending): Promise<Answer> {
    return this.send(JSON.stringify(question), sending);
  }

  /** A status request that gets this fault. */
  fault(name: string, sending?: Sending): Promise<Answer> {
    return this.ask({ order_id: `fault-${name}` }, sending);
  }
}

export function assertInvalid(answer: Answer, field: string, message?: RegExp): void {
  assert.equal(answer.status, 400);
  assert.equal(answer.headers["content-type"], "application/json");
  const body = JSON.parse(answer.text) as { message: string; errors: Record<string, string[]> };
  assert.equal(body.message, "The given data was invalid.");
  assert.ok(Object.keys(body.errors).includes(field), answer.text);
  if (message !== undefined) assert.match(body.errors[field]?.[0] ?? "", message);
  assert.ok(!("payment_status" in body));
}
