/** A merchant's endpoint that believes nothing which the `standardwebhooks` library does not verify. */
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { secrets } from "./harness.ts";

/** What a merchant is told. */
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

/** A request that came in and verified. */
export interface Delivery {
  /** The header `webhook-id`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly event: Event;
  /** When it came, in milliseconds. */
  readonly time: number;
  /** What it was answered with; `null` for none. */
  readonly status: number | null;
}

/** An answer that is planned; `hang` and `cut` are none. */
export type Plan =
  | number
  | "hang"
  | "cut"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly delayMs?: number };

export class Merchant {
  /** All that verified, in the order in which it came. */
  readonly deliveries: Delivery[] = [];
  /** Why a request did not verify. */
  readonly refused: string[] = [];
  /** What the endpoint does with each request, if its plan says nothing. */
  usual: Plan = 204;
  readonly #plans: Plan[] = [];
  readonly #plansFor = new Map<unknown, Plan[]>();
  readonly #secret: string;
  #port = 0;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  private constructor(secret: string) {
    this.#secret = secret;
  }

  /** An endpoint of a merchant who has this secret. */
  static async open(secret: string): Promise<Merchant> {
    const merchant = new Merchant(secret);
    merchant.#server.keepAliveTimeout = 60_000;
    await merchant.reopen();
    merchant.#port = (merchant.#server.address() as AddressInfo).port;
    return merchant;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks/alikassa/`;
  }

  /** What it does with the next requests, in place of what was left of an earlier plan. */
  plan(...plans: Plan[]): void {
    this.#plans.splice(0, Number.POSITIVE_INFINITY, ...plans);
  }

  /** What it does with the next requests about one payout. */
  planFor(id: string, ...plans: Plan[]): void {
    this.#plansFor.set(id, plans);
  }

  /** What came of one payout. */
  about(id: string): Delivery[] {
    return this.deliveries.filter(({ event }) => event.data.payout["id"] === id);
  }

  /** What was taken of one payout, once it is there. */
  async taken(id: string): Promise<Delivery[]> {
    for (let patience = 1000; ; patience -= 1) {
      const taken = this.about(id).filter(({ status }) => status !== null && status >= 200 && status < 300);
      if (taken.length > 0) return taken;
      assert.ok(patience > 0, `the merchant was never told of ${id}`);
      await sleep(20);
    }
  }

  /** Nobody is at its address any more. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** It is there again, at the same address. */
  async reopen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url: path = "", headers } = request;
    secrets.hear("a request to the merchant", `${JSON.stringify(headers)}\n${body}`);
    let event: Event;
    try {
      event = new Webhook(this.#secret).verify(body, headers as Record<string, string>) as Event;
    } catch (error) {
      this.refused.push(String(error));
      response.writeHead(401).end();
      return;
    }
    const plan = this.#plansFor.get(event.data.payout["id"])?.shift() ?? this.#plans.shift() ?? this.usual;
    const status = typeof plan === "object" ? plan.status : typeof plan === "number" ? plan : null;
    const time = Date.now();
    this.deliveries.push({ id: String(headers["webhook-id"]), method, path, headers, event, time, status });
    const { headers: more = {}, delayMs = 0 } = typeof plan === "object" ? plan : {};
    if (delayMs > 0) await sleep(delayMs);
    if (plan === "cut") response.destroy();
    else if (status !== null) response.writeHead(status, more).end();
  }
}
