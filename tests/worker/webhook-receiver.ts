/** A merchant's endpoint, which accepts only what the `standardwebhooks` library verifies. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { secrets, until } from "./harness.ts";

export const newSecret = (bytes = 32): string => `whsec_${randomBytes(bytes).toString("base64")}`;

/** The body of a delivery. */
export interface Event {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly notification: Readonly<Record<string, unknown>>;
    readonly payout: Readonly<Record<string, unknown>>;
    readonly agrees: boolean;
    readonly contradictions?: readonly string[];
  };
}

/** A request that verified. */
export interface Delivery {
  /** The header `webhook-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly event: Event;
  /** When it arrived, in milliseconds. */
  readonly time: number;
  /** The status that it was answered with; `null` for none. */
  readonly status: number | null;
}

/** A planned answer; `hang` and `cut` are none. */
export type Plan =
  | number
  | "hang"
  | "cut"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly delayMs?: number };

export class WebhookReceiver {
  /** All requests that verified, in order. */
  readonly deliveries: Delivery[] = [];
  /** Why requests did not verify. */
  readonly rejected: string[] = [];
  /** The answer without a plan. */
  defaultPlan: Plan = 204;
  readonly #plans: Plan[] = [];
  readonly #plansFor = new Map<unknown, Plan[]>();
  readonly #secret: string;
  #port = 0;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  private constructor(secret: string) {
    this.#secret = secret;
  }

  /** Starts an endpoint that verifies with this secret, and stops it after the tests of the file. */
  static async start(secret: string): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(secret);
    receiver.#server.keepAliveTimeout = 60_000;
    await receiver.reopen();
    receiver.#port = (receiver.#server.address() as AddressInfo).port;
    after(() => receiver.close());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks/alikassa/`;
  }

  /** The answers to the next requests, in place of earlier plans. */
  plan(...plans: Plan[]): void {
    this.#plans.splice(0, Number.POSITIVE_INFINITY, ...plans);
  }

  /** The answers to the next requests about one payout. */
  planFor(id: string, ...plans: Plan[]): void {
    this.#plansFor.set(id, plans);
  }

  deliveriesOf(id: string): Delivery[] {
    return this.deliveries.filter(({ event }) => event.data.payout["id"] === id);
  }

  /** Waits for deliveries of one payout that were answered with 2xx. */
  async accepted(id: string): Promise<Delivery[]> {
    const find = () => this.deliveriesOf(id).filter(({ status }) => status !== null && status >= 200 && status < 300);
    await until(`the endpoint accepts ${id}`, () => find().length > 0);
    return find();
  }

  /** Refuses connections from now on. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Accepts connections again, on the same port. */
  async reopen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url: path = "", headers } = request;
    secrets.record("a request to the merchant", `${JSON.stringify(headers)}\n${body}`);
    let event: Event;
    try {
      event = new Webhook(this.#secret).verify(body, headers as Record<string, string>) as Event;
    } catch (error) {
      this.rejected.push(String(error));
      response.writeHead(401).end();
      return;
    }
    const plan = this.#plansFor.get(event.data.payout["id"])?.shift() ?? this.#plans.shift() ?? this.defaultPlan;
    const status = typeof plan === "object" ? plan.status : typeof plan === "number" ? plan : null;
    const time = Date.now();
    this.deliveries.push({ id: String(headers["webhook-id"]), method, path, headers, event, time, status });
    const { headers: more = {}, delayMs = 0 } = typeof plan === "object" ? plan : {};
    if (delayMs > 0) await sleep(delayMs);
    if (plan === "cut") response.destroy();
    else if (status !== null) response.writeHead(status, more).end();
  }
}
