/**
 * Delivering notifications to a merchant's endpoint: once, or with retries until it answers 200.
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

/**
 * A single delivery of a notification.
 *
 * @example
 * ```ts
 * const delivery: NotificationDelivery = { to: "http://127.0.0.1:8787/webhooks/alikassa", as: "json" };
 * ```
 */
export interface NotificationDelivery extends NotificationOptions {
  /** The merchant's `notification_endpoint_url`. */
  readonly to: string | URL;
  /** The form of the request. Default: `query`, as AliKassa sends it. */
  readonly as?: NotificationForm;
  /** The time limit in milliseconds. Default: 30000. */
  readonly timeoutMs?: number;
}

/**
 * An endpoint that is notified of each payout that becomes final, with retries until it answers 200.
 *
 * @example
 * ```ts
 * const endpoint: NotificationEndpoint = { to: "http://127.0.0.1:8787/webhooks/alikassa", attempts: 3, pauseMs: 100 };
 * ```
 */
export interface NotificationEndpoint extends NotificationDelivery {
  /** How often a notification is sent. Default: 5. */
  readonly attempts?: number;
  /** The pause before the second attempt in milliseconds, doubled before each further one. Default: 1000. */
  readonly pauseMs?: number;
}

/**
 * The answer of an endpoint.
 *
 * @example
 * ```ts
 * const isAccepted = ({ status }: NotificationAnswer): boolean => status === 200;
 * ```
 */
export interface NotificationAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
  /** The body. */
  readonly body: string;
}

/**
 * A notification that was sent.
 *
 * @example
 * ```ts
 * const describe = ({ order_id, attempt, status }: RecordedNotification): string => `${order_id} #${attempt}: ${status}`;
 * ```
 */
export interface RecordedNotification {
  /** The endpoint, without its query. */
  readonly to: string;
  /** The `id` in it. */
  readonly id: string;
  /** The `order_id` in it. */
  readonly order_id: string;
  /** The `payment_status` in it. */
  readonly payment_status: string;
  /** From 1. */
  readonly attempt: number;
  /** The end of the attempt. */
  readonly time: Date;
  /** The HTTP status of the answer; `null` without an answer. */
  readonly status: number | null;
}

/** The options of {@link Deliveries}. */
export interface DeliveriesOptions {
  /** AliKassa's private key for notifications. */
  readonly key: () => KeyObject;
  /** The account in the notifications. */
  readonly account: string;
  /** Called after each attempt. */
  readonly onNotification: (notification: RecordedNotification) => void;
}

/** Sends notifications and records them. */
export class Deliveries {
  readonly sent: RecordedNotification[] = [];
  readonly #options: DeliveriesOptions;
  readonly #closed = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();
  #endpoint: NotificationEndpoint | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Changes the endpoint for final payouts; `undefined` for none. */
  setEndpoint(endpoint: NotificationEndpoint | undefined): void {
    if (endpoint !== undefined && !URL.canParse(String(endpoint.to)))
      throw new TypeError(`the endpoint ${endpoint.to} is not a URL: begin it with http:// or https://`);
    this.#endpoint = endpoint;
  }

  /** The request that {@link send} would send. */
  request(json: string, { to, as = "query", ...options }: NotificationDelivery): NotificationRequest {
    const { key, account } = this.#options;
    return notificationRequest(to, notificationParameters(json, account, key(), options), as);
  }

  /** Sends a notification once. Rejects without an answer. */
  async send(json: string, delivery: NotificationDelivery): Promise<NotificationAnswer> {
    return this.#attempt(json, delivery, this.request(json, delivery), 1);
  }

  /** A function that notifies the endpoint of a final payout in the background. */
  prepare(json: string): () => void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return () => undefined;
    const request = this.request(json, endpoint);
    return () => {
      const delivering = this.#repeat(json, endpoint, request).finally(() => this.#inProgress.delete(delivering));
      this.#inProgress.add(delivering);
    };
  }

  /** Resolves when no notification is in progress. */
  async settled(): Promise<void> {
    while (this.#inProgress.size > 0) await Promise.all(this.#inProgress);
  }

  /** Aborts what is in progress. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
  }

  async #repeat(json: string, endpoint: NotificationEndpoint, request: NotificationRequest): Promise<void> {
    const { attempts = 5, pauseMs = 1000 } = endpoint;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await this.#pause(pauseMs * 2 ** (attempt - 2));
      if (this.#closed.signal.aborted) return;
      // A failure is in the record.
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

  #record(
    json: string,
    { to, status: statusInIt }: NotificationDelivery,
    attempt: number,
    status: number | null,
  ): void {
    const { id, order_id, payment_status } = JSON.parse(json) as Record<string, unknown>;
    const { origin, pathname } = new URL(to);
    const record: RecordedNotification = {
      to: origin + pathname,
      id: String(id),
      order_id: String(order_id),
      payment_status: statusInIt ?? String(payment_status),
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
