/** A client made of Node's crypto and http. */
import assert from "node:assert/strict";
import { createPrivateKey, sign as cryptoSign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, type TestContext } from "node:test";
import { payoutJson, type Sandbox, type SandboxOptions, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive, SECOND_ACCOUNT } from "../fixtures/keys.ts";

export const STATUS = "/v1/payout/status";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** How many pieces the body came in. */
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

export function signature(body: string | Buffer, digest = "RSA-SHA1", key = privateKey): string {
  return cryptoSign(digest, Buffer.from(body), key).toString("base64");
}

/** Sends signed requests, each over a new connection. */
export class Client {
  readonly #baseUrl: string;
  readonly #key: typeof privateKey;

  constructor(baseUrl: string, key = privateKey) {
    this.#baseUrl = baseUrl;
    this.#key = key;
  }

  /** Sends exactly this body. */
  send(body: string | Buffer, sending: Sending = {}): Promise<Answer> {
    const { method = "POST", path = STATUS, digest, maxBytes = Number.POSITIVE_INFINITY, timeoutMs = 10_000 } = sending;
    const all: Record<string, string | null> = {
      "content-type": "application/json",
      account: ACCOUNT,
      sign: signature(body, digest, this.#key),
      "content-length": String(Buffer.byteLength(body)),
      ...sending.headers,
    };
    const headers = Object.fromEntries(
      Object.entries(all).flatMap(([name, text]) => (text === null ? [] : [[name, text]])),
    );
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const url = new URL(path, this.#baseUrl);
      const request = httpRequest(url, { method, headers, agent: false, signal }, (response) => {
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

  /** Sends a status request. */
  ask(query: Readonly<Record<string, unknown>>, sending?: Sending): Promise<Answer> {
    return this.send(JSON.stringify(query), sending);
  }

  /** Sends a status request that gets this fault. */
  fault(name: string, sending?: Sending): Promise<Answer> {
    return this.ask({ order_id: `fault-${name}` }, sending);
  }

  /** The `payment_status` in the answers to so many status requests, one after the other. */
  async statuses(query: Readonly<Record<string, string>>, count = 1): Promise<string[]> {
    const found: string[] = [];
    for (let i = 0; i < count; i++) found.push(statusIn(await this.ask(query)));
    return found;
  }
}

/** A sandbox that ends with the file or test in which this is called, reset after each test, and a client for it. */
export async function openSandbox(options: SandboxOptions = {}): Promise<{ sandbox: Sandbox; client: Client }> {
  const account = [ACCOUNT, SECOND_ACCOUNT];
  const sandbox = await startSandbox({ account, publicPem: archive.publicPem, dripIntervalMs: 1, ...options });
  after(() => sandbox.close());
  afterEach(() => sandbox.reset());
  return { sandbox, client: new Client(sandbox.baseUrl) };
}

/** A new folder, removed after the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

export function statusIn({ text }: Answer): string {
  return (JSON.parse(text) as { payment_status: string }).payment_status;
}

/** The JSON of a payout in each of these statuses. */
export function inStatuses(id: string, order_id: string, ...statuses: readonly string[]): string[] {
  return statuses.map((status) => payoutJson({ id, order_id, statusJson: JSON.stringify(status) }));
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
