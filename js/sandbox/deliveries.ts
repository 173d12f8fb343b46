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
import { keepRecord } from "./records.js";
import {
  DEFAULT_LATE_MS,
  followNotificationSchedule,
  type NotificationFault,
  type NotificationSchedule,
} from "./schedule.js";

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
 * An attempt to send a notification, or a notification that was lost.
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
  /** The fault of the schedule. */
  readonly fault?: NotificationFault;
  /** Why the notification could not be made. */
  readonly error?: string;
}

/** The options of {@link Deliveries}. */
export interface DeliveriesOptions {
  /** AliKassa's private key for notifications. */
  readonly key: () => KeyObject;
  /** The account in the notifications. */
  readonly account: string;
  /** Faults by a schedule. */
  readonly schedule: NotificationSchedule | undefined;
  /** How many records are kept. */
  readonly maxRecords: number;
  /** Called after each attempt. */
  readonly onNotification: (notification: RecordedNotification) => void;
}

/** A notification of a final payout to the endpoint. */
interface Announcement {
  readonly json: string;
  readonly endpoint: NotificationEndpoint;
  readonly request: NotificationRequest;
  readonly fault?: NotificationFault;
}

type Outcome = Pick<RecordedNotification, "attempt" | "status" | "fault" | "error">;

/** Sends notifications and records them. */
export class Deliveries {
  readonly sent: RecordedNotification[] = [];
  readonly #options: DeliveriesOptions;
  readonly #closed = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();
  readonly #nextFault: () => NotificationFault | undefined;
  readonly #lateMs: number;
  /** Ends the pauses of notifications that are sent after the next one. */
  readonly #held: (() => void)[] = [];
  #endpoint: NotificationEndpoint | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    const { schedule } = options;
    this.#lateMs = schedule?.lateMs ?? DEFAULT_LATE_MS;
    this.#nextFault = schedule === undefined ? () => undefined : followNotificationSchedule(schedule);
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
    return this.#attempt({ json, endpoint: delivery, request: this.request(json, delivery) }, 1);
  }

  /** A function that notifies the endpoint of a final payout in the background. */
  prepare(json: string): () => void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined) return () => undefined;
    const request = this.request(json, endpoint);
    return () => {
      const delivering = this.#announce({ json, endpoint, request }).finally(() => this.#inProgress.delete(delivering));
      this.#inProgress.add(delivering);
    };
  }

  /** Notifies the endpoint of a final payout in the background. A notification that can't be made is a record. */
  announce(json: string): void {
    try {
      this.prepare(json)();
    } catch (error) {
      if (this.#endpoint !== undefined)
        this.#record(json, this.#endpoint, { attempt: 1, status: null, error: String(error) });
    }
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

  async #announce(announced: Announcement): Promise<void> {
    const fault = this.#nextFault();
    const announcement = fault === undefined ? announced : { ...announced, fault };
    if (fault === "lost") return this.#record(announced.json, announced.endpoint, { attempt: 1, status: null, fault });
    if (fault === "late") await this.#pause(this.#lateMs);
    if (fault === "out-of-order") {
      const next = new AbortController();
      this.#held.push(() => next.abort());
      await this.#pause(this.#lateMs, next.signal);
      return this.#repeat(announcement);
    }
    // Those of which this one is the next.
    const held = this.#held.splice(0);
    await Promise.all((fault === "doubled" ? [1, 2] : [1]).map(() => this.#repeat(announcement)));
    for (const send of held) send();
  }

  async #repeat(announcement: Announcement): Promise<void> {
    const { attempts = 5, pauseMs = 1000 } = announcement.endpoint;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await this.#pause(pauseMs * 2 ** (attempt - 2));
      if (this.#closed.signal.aborted) return;
      // A failure is in the record.
      const answer = await this.#attempt(announcement, attempt).catch(() => undefined);
      if (answer?.status === 200) return;
    }
  }

  async #attempt({ json, endpoint, request, ...fault }: Announcement, attempt: number): Promise<NotificationAnswer> {
    const { url, ...init } = request;
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(endpoint.timeoutMs ?? 30_000)]);
    let status: number | null = null;
    try {
      const response = await fetch(url, { ...init, signal, redirect: "manual" });
      const body = await response.text();
      status = response.status;
      return { status, headers: response.headers, body };
    } finally {
      this.#record(json, endpoint, { attempt, status, ...fault });
    }
  }

  #record(json: string, { to, status: statusInIt }: NotificationDelivery, outcome: Outcome): void {
    const { id, order_id, payment_status } = JSON.parse(json) as Record<string, unknown>;
    const { origin, pathname } = new URL(to);
    const record: RecordedNotification = {
      to: origin + pathname,
      id: String(id),
      order_id: String(order_id),
      payment_status: statusInIt ?? String(payment_status),
      time: new Date(),
      ...outcome,
    };
    keepRecord(this.sent, record, this.#options.maxRecords);
    this.#options.onNotification(record);
  }

  async #pause(ms: number, cancelled: AbortSignal = this.#closed.signal): Promise<void> {
    const signal = AbortSignal.any([this.#closed.signal, cancelled]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
