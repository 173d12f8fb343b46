/**
 * Bringing notifications to a merchant's endpoint: once, or again and again until it answers with 200.
 */
import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type NotificationForm,
  type NotificationOptions,
  type NotificationRequest,
  notificationParameters,
  notificationRequest,
} from "./notifications.js";

/** Where to send a notification, and how. */
export interface NotificationDelivery extends NotificationOptions {
  /** The merchant's `notification_endpoint_url`. */
  readonly to: string | URL;
  /** `query` by default, which is what AliKassa does. */
  readonly as?: NotificationForm;
  /** Milliseconds to wait for an answer; 30000 by default. */
  readonly timeoutMs?: number;
}

/** An endpoint that is told of each payout that becomes final, until it answers with 200. */
export interface NotificationEndpoint extends NotificationDelivery {
  /** How often it is tried; 5 by default. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled with each further one; 1000 by default. */
  readonly pauseMs?: number;
}

/** What an endpoint answered. */
export interface NotificationAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A notification that was sent. */
export interface RecordedNotification {
  /** Where to, without the query. */
  readonly to: string;
  /** The `id` that it tells. */
  readonly id: string;
  /** The `order_id` that it tells. */
  readonly orderId: string;
  /** The status that it tells. */
  readonly paymentStatus: string;
  /** 1 for the first time. */
  readonly attempt: number;
  /** When the attempt had ended. */
  readonly time: Date;
  /** HTTP status of the answer, or `null` if none came. */
  readonly status: number | null;
}

/** What {@link Deliveries} need. */
export interface DeliveriesOptions {
  /** AliKassa's private key for notifications. */
  readonly key: () => KeyObject;
  /** The account that stands in them. */
  readonly account: string;
  /** Called for each attempt, once it has ended. */
  readonly onNotification: (notification: RecordedNotification) => void;
}

/**
 * Sends notifications, and remembers them.
 *
 * @example
 * ```ts
 * const deliveries = new Deliveries({ key: () => privateKey, account, onNotification: console.log });
 * const { status } = await deliveries.send(payoutJson(), { to: "http://127.0.0.1:8787/webhooks/alikassa" });
 * ```
 */
export class Deliveries {
  readonly sent: RecordedNotification[] = [];
  readonly #options: DeliveriesOptions;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #endpoint: NotificationEndpoint | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Who is told of payouts that become final; `undefined` for nobody. */
  setEndpoint(endpoint: NotificationEndpoint | undefined): void {
    if (endpoint !== undefined && !URL.canParse(endpoint.to)) throw new TypeError(`${endpoint.to} is no URL`);
    this.#endpoint = endpoint;
  }

  /** The request that {@link send} would send. */
  request(json: string, { to, as = "query", ...options }: NotificationDelivery): NotificationRequest {
    const { key, account } = this.#options;
    return notificationRequest(to, notificationParameters(json, account, key(), options), as);
  }

  /** Sends one notification, once. Rejects if no answer comes. */
  async send(json: string, delivery: NotificationDelivery): Promise<NotificationAnswer> {
    return this.#attempt(json, delivery, this.request(json, delivery), 1);
  }

  /** What tells the endpoint in the background that a payout has become final, once it is called. */
  announcement(json: string): () => void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return () => undefined;
    const request = this.request(json, endpoint);
    return () => {
      const delivering = this.#repeat(json, endpoint, request).finally(() => this.#underWay.delete(delivering));
      this.#underWay.add(delivering);
    };
  }

  /** Resolves when no announcement is under way. */
  async ended(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.ended();
  }

  async #repeat(json: string, endpoint: NotificationEndpoint, request: NotificationRequest): Promise<void> {
    const { attempts = 5, pauseMs = 1000 } = endpoint;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await this.#pause(pauseMs * 2 ** (attempt - 2));
      if (this.#closed.signal.aborted) return;
      // Nobody waits for this one: what went wrong stands in the record.
      const answer = await this.#attempt(json, endpoint, request, attempt).catch(() => undefined);
      if (answer?.status === 200) return;
    }
  }

  async #attempt(
    json: string,
    delivery: NotificationDelivery,
    { url, ...init }: NotificationRequest,
    attempt: number,
  ): Promise<NotificationAnswer> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(delivery.timeoutMs ?? 30_000)]);
    let status: number | null = null;
    try {
      const response = await fetch(url, { ...init, signal, redirect: "manual" });
      const body = await response.text();
      status = response.status;
      return { status, headers: response.headers, body };
    } finally {
      this.#record(json, delivery, attempt, status);
    }
  }

  #record(json: string, { to, status: told }: NotificationDelivery, attempt: number, status: number | null): void {
    const { id, order_id: orderId, payment_status } = JSON.parse(json) as Record<string, unknown>;
    const { origin, pathname } = new URL(to);
    const record: RecordedNotification = {
      to: origin + pathname,
      id: String(id),
      orderId: String(orderId),
      paymentStatus: told ?? String(payment_status),
      attempt,
      time: new Date(),
      status,
    };
    this.sent.push(record);
    this.#options.onNotification(record);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closed.signal }).catch(() => undefined);
  }
}
