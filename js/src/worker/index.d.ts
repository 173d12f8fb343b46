/**
 * The built Worker, for a deployment without Rust and without code of your own. The project has `alikassa-edge` in its
 * `package.json`, and this in its `wrangler.toml`:
 *
 * ```toml
 * name = "alikassa-edge"
 * main = "node_modules/alikassa-edge/dist/worker/index.js"
 * compatibility_date = "2026-10-23"
 * preview_urls = false
 * durable_objects.bindings = [{ name = "LEDGER", class_name = "Ledger" }]
 *
 * [[migrations]]
 * tag = "v1"
 * new_sqlite_classes = ["Ledger"]
 *
 * [observability]
 * enabled = true
 *
 * [observability.logs]
 * enabled = true
 * invocation_logs = false
 * ```
 *
 * Without the last line, Cloudflare's logs would contain the URL of each request, and in it the `order_id`.
 *
 * Then set its secrets and deploy it: see {@link WorkerEnvironment}.
 *
 * This module runs in Cloudflare Workers only, since it imports `cloudflare:workers`.
 *
 * Another Worker of the same Cloudflare account can call it without HTTP: see {@link AliKassaService}.
 *
 * @module alikassa-edge/worker
 */
import type { Payout } from "../payout.js";

/**
 * The secrets, variables and bindings of the Worker. If one that it needs is missing, it answers 503, and `/healthz` names it.
 *
 * @example
 * For tests:
 * ```ts
 * import { readFileSync } from "node:fs";
 * import type { WorkerEnvironment } from "alikassa-edge/worker";
 *
 * const bindings: WorkerEnvironment = {
 *   ALIKASSA_ACCOUNT: "93d5df06-996c-48c3-9847-348d6b580b80",
 *   ALIKASSA_PRIVATE_KEY: readFileSync("cert/payout/private.pem", "utf8"),
 *   ALIKASSA_KEY_PASSWORD: readFileSync("cert/payout/password.txt", "utf8"),
 *   API_TOKENS: "…",
 * };
 * ```
 */
export interface WorkerEnvironment {
  /** The account's UUID from AliKassa's cabinet. Several are separated by commas, and the first is the default. */
  readonly ALIKASSA_ACCOUNT: string;
  /** The text of `private.pem`. */
  readonly ALIKASSA_PRIVATE_KEY: string;
  /** The text of `password.txt`; none for a key in the clear. */
  readonly ALIKASSA_KEY_PASSWORD?: string;
  /** The bearer tokens of callers, separated by commas. */
  readonly API_TOKENS: string;
  /** AliKassa's address. Default: `https://api-merchant.alikassa.com`. `http` is allowed for loopback addresses only. */
  readonly ALIKASSA_BASE_URL?: string;
  /** The hash of the signature: `sha1` (the default) or `sha256`. */
  readonly ALIKASSA_DIGEST?: string;
  /** The time limit of one status in milliseconds, retries included, from 1 to 600000. Default: `30000`. */
  readonly ALIKASSA_TIMEOUT_MS?: string;
  /** The text of the notifications' `public.pem`. */
  readonly ALIKASSA_NOTIFICATION_KEY?: string;
  /** Your endpoint for payout events. `http` is allowed for loopback addresses only. */
  readonly FORWARD_URL?: string;
  /** The Standard Webhooks secrets of the events. */
  readonly FORWARD_SECRET?: string;
  /** How many hours the ledger follows a payout before it is overdue, from 1 to 2160. Default: `72`. */
  readonly FOLLOW_HOURS?: string;
  /** How many days the ledger keeps a payout after its end, from 1 to 3650. Default: `90`. */
  readonly RETENTION_DAYS?: string;
  /** The Durable Object class {@link Ledger}. */
  readonly LEDGER?: object;
  /** A rate limiter. */
  readonly RATE_LIMITER?: object;
}

/**
 * A failure: the problem of the HTTP API (RFC 9457), with the same fields.
 *
 * @example
 * ```ts
 * import type { Problem } from "alikassa-edge/worker";
 *
 * const isUnknown = (problem: Problem): boolean => problem.payout_state === "unknown";
 * ```
 */
export interface Problem {
  /** `urn:problem-type:alikassa-edge:` and the `code`. */
  readonly type: string;
  /** What happened, the same for each `code`. */
  readonly title: string;
  /** The HTTP status of the route that does the same. */
  readonly status: number;
  /** What is wrong and what to do. */
  readonly detail: string;
  /** `invalid_request`, `upstream_status`, …: docs/worker/http-api.md lists all. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Set if a payout was asked for: its state is unknown. Don't cancel and don't repeat it. */
  readonly payout_state?: "unknown";
  /** This rule in one sentence. */
  readonly advice?: string;
  /** The HTTP status of AliKassa's answer, if there was one. */
  readonly upstream_status?: number;
  /** AliKassa's message. */
  readonly message?: string;
  /** AliKassa's errors, by field. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A payout, or the problem in its place.
 *
 * @example
 * ```ts
 * import type { PayoutResult } from "alikassa-edge/worker";
 *
 * function isPaid({ payout, problem }: PayoutResult): boolean | undefined {
 *   if (problem) return undefined; // unknown
 *   return payout.is_final ? payout.payment_status === "paid" : undefined;
 * }
 * ```
 */
export type PayoutResult =
  | {
      /** AliKassa's answer. */
      readonly payout: Payout;
      /** None. */
      readonly problem?: undefined;
    }
  | Failed<"payout">;

/**
 * A result with a problem, and without these fields.
 *
 * @example
 * ```ts
 * import type { EventPage, Failed } from "alikassa-edge/worker";
 *
 * const isFailed = (page: EventPage | Failed<keyof EventPage>): page is Failed => page.problem !== undefined;
 * ```
 */
export type Failed<Fields extends PropertyKey = never> = {
  /** Why there is no result. */
  readonly problem: Problem;
} & { readonly [field in Exclude<Fields, "problem">]?: undefined };

/**
 * Names one payout, by AliKassa's `id` or by your `order_id`: 1 to 128 characters.
 *
 * @example
 * ```ts
 * import type { Query } from "alikassa-edge/worker";
 *
 * const queries: Query[] = [{ id: "100000536" }, { id: 100000536 }, { order_id: "6422494" }];
 * ```
 */
export type Query =
  | {
      /** AliKassa's id. A number must be an integer from 0 with at most 15 digits. */
      readonly id: string | number;
      /** Not both. */
      readonly order_id?: undefined;
    }
  | {
      /** Your own id. */
      readonly order_id: string;
      /** Not both. */
      readonly id?: undefined;
    };

/**
 * The second argument of each method.
 *
 * @example
 * ```ts
 * import type { CallOptions } from "alikassa-edge/worker";
 *
 * const options: CallOptions = { account: "93d5df06-996c-48c3-9847-348d6b580b80", noCache: true };
 * ```
 */
export interface CallOptions {
  /** One of the accounts in `ALIKASSA_ACCOUNT`. Default: the first. */
  readonly account?: string | undefined;
  /** Whether to ask AliKassa also if the ledger knows that the payout is final. Do so before you repeat a payout. */
  readonly noCache?: boolean | undefined;
}

/**
 * What the ledger knows of a payout. Times are RFC 3339, in UTC, with milliseconds.
 *
 * @example
 * ```ts
 * import type { PayoutRecord } from "alikassa-edge/worker";
 *
 * const status = (record: PayoutRecord): string => record.payout?.payment_status ?? "unknown";
 * ```
 */
export interface PayoutRecord {
  /** AliKassa's id, if it is known. */
  readonly id?: string;
  /** Your own id, if it is known. */
  readonly order_id?: string;
  /** `open`; `overdue`: not final, and the deadline has passed; `final`: `paid`, `cancel` or `fail`. */
  readonly state: "open" | "overdue" | "final";
  /** AliKassa's last answer. */
  readonly payout?: Payout;
  /** Set if there was none yet. */
  readonly payout_state?: "unknown";
  /** When AliKassa was asked for that answer. */
  readonly asked_at?: string;
  /** Whether the ledger reads the payout. */
  readonly is_followed: boolean;
  /** Since when. */
  readonly followed_since?: string;
  /** Until when. */
  readonly follow_until?: string;
  /** Since when it is overdue. */
  readonly overdue_at?: string;
  /** When it is read next. */
  readonly next_read_at?: string;
  /** How often it was read. */
  readonly readings: number;
  /** The `code` of the last reading, if that failed. */
  readonly last_failure?: string;
  /** None. */
  readonly problem?: undefined;
}

/**
 * What happened to a payout: `followed`, `reading`, `notification` or `event`.
 *
 * @example
 * ```ts
 * import type { TimelineEntry } from "alikassa-edge/worker";
 *
 * const line = ({ timestamp, type, event }: TimelineEntry): string => `${timestamp} ${event ?? type}`;
 * ```
 */
export interface TimelineEntry {
  /** What it is. */
  readonly type: "followed" | "reading" | "notification" | "event";
  /** When it happened; for a reading, when AliKassa was asked. */
  readonly timestamp: string;
  /** Of `followed`: the deadline. */
  readonly follow?: {
    /** Until when the ledger reads the payout. */
    readonly until: string;
  };
  /** Of `reading`: AliKassa's answer. */
  readonly payout?: Payout;
  /** Of `notification`: its fields. */
  readonly notification?: Readonly<Record<string, unknown>>;
  /** Of `event`: its number. */
  readonly seq?: number;
  /** Of `event`: its type. */
  readonly event?: string;
  /** Of `event`: how far its delivery is. */
  readonly delivery?: Delivery;
}

/**
 * A payout's record with its timeline, the first entry first.
 *
 * @example
 * ```ts
 * import type { PayoutHistory } from "alikassa-edge/worker";
 *
 * const readings = ({ timeline }: PayoutHistory): number => timeline.filter(({ type }) => type === "reading").length;
 * ```
 */
export interface PayoutHistory extends PayoutRecord {
  /** The last 200 events, and the last 200 other entries. */
  readonly timeline: readonly TimelineEntry[];
}

/**
 * How far the delivery of an event to `FORWARD_URL` is.
 *
 * @example
 * ```ts
 * import type { Delivery } from "alikassa-edge/worker";
 *
 * const isLost = ({ state }: Delivery): boolean => state === "undelivered";
 * ```
 */
export interface Delivery {
  /** `none`: there was no endpoint. `undelivered`: the ledger has stopped trying. */
  readonly state: "none" | "pending" | "delivered" | "undelivered";
  /** How often it was sent. */
  readonly attempts: number;
  /** The HTTP status of the last answer. */
  readonly last_status?: number;
  /** When it is sent next. */
  readonly next_attempt_at?: string;
  /** When the endpoint accepted it. */
  readonly delivered_at?: string;
  /** When the ledger stopped trying. */
  readonly gave_up_at?: string;
}

/**
 * A change of what AliKassa says about a payout, or that the payout is overdue.
 *
 * @example
 * ```ts
 * import type { PayoutEvent } from "alikassa-edge/worker";
 *
 * const isPaid = ({ type }: PayoutEvent): boolean => type === "payout.paid";
 * ```
 */
export interface PayoutEvent {
  /** Its number, which only grows. */
  readonly seq: number;
  /** `payout.other` is a status that AliKassa does not document. */
  readonly type: `payout.${"wait" | "paid" | "cancel" | "fail" | "other" | "overdue"}`;
  /** When it happened. */
  readonly timestamp: string;
  /** What is delivered. */
  readonly data: {
    /** AliKassa's answer. Of `payout.overdue`, the last one, or only the names: no new status. */
    readonly payout: Partial<Payout>;
    /** Of `payout.overdue`. */
    readonly payout_state?: "unknown";
    /** Of `payout.overdue`: what to do. */
    readonly advice?: string;
    /** The notification that was the reason for the reading. */
    readonly notification?: Readonly<Record<string, unknown>>;
    /** Whether it says the same as AliKassa's answer. */
    readonly agrees?: boolean;
    /** The fields in which they differ. */
    readonly contradictions?: readonly string[];
  };
  /** How far its delivery is. */
  readonly delivery: Delivery;
}

/**
 * Events in order.
 *
 * @example
 * ```ts
 * import type { EventPage } from "alikassa-edge/worker";
 *
 * const types = ({ events }: EventPage): string[] => events.map(({ type }) => type);
 * ```
 */
export interface EventPage {
  /** At most `limit`, the first one first. */
  readonly events: readonly PayoutEvent[];
  /** Goes into `after` of the next call. */
  readonly next: number;
  /** None. */
  readonly problem?: undefined;
}

/**
 * What another Worker of the same Cloudflare account calls, by a
 * [Service binding](https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/). It needs no token.
 *
 * ```toml
 * services = [{ binding = "ALIKASSA", service = "alikassa-edge" }]
 * ```
 *
 * A failure is a value with a {@link Problem}, and never an exception of the method. A call can throw all the same, if the Worker can't
 * be reached: then, too, the payout's state is unknown.
 *
 * @example
 * ```ts
 * import type { AliKassaService } from "alikassa-edge/worker";
 *
 * export default {
 *   async fetch(_request: Request, env: { ALIKASSA: AliKassaService }): Promise<Response> {
 *     const { payout, problem } = await env.ALIKASSA.payoutStatus({ order_id: "6422494" });
 *     if (problem) return new Response(`unknown: ${problem.detail}`, { status: 503 });
 *     return new Response(payout.payment_status);
 *   },
 * };
 * ```
 */
export interface AliKassaService {
  /** Answers a request, which needs a token as from anywhere else. A failure is an answer, too. */
  fetch(request: Request): Promise<Response>;
  /** The status of one payout. */
  payoutStatus(query: Query, options?: CallOptions): Promise<PayoutResult>;
  /** The status of 1 to 40 payouts: one item for each query, in the same order. */
  payoutStatuses(
    queries: readonly Query[],
    options?: CallOptions,
  ): Promise<
    | {
        /** An invalid query has its own problem. */
        readonly payouts: readonly PayoutResult[];
        /** None. */
        readonly problem?: undefined;
      }
    | Failed<"payouts">
  >;
  /**
   * Follows a payout to its end, also one that AliKassa does not know yet. `until` is the deadline, at most 90 days away: a `Date`, or
   * RFC 3339 in UTC.
   */
  followPayout(
    query: Query & { readonly until?: string | Date | null | undefined },
    options?: CallOptions,
  ): Promise<PayoutRecord | Failed<keyof PayoutRecord>>;
  /** What the ledger knows of a payout. `unknown_payout` says nothing about AliKassa. */
  payoutHistory(query: Query, options?: CallOptions): Promise<PayoutHistory | Failed<keyof PayoutHistory>>;
  /** A page of events: those after a number, all, or with `latest` those after the newest one. `limit` is 1 to 100, and 50 if not given. */
  events(
    page?: { readonly after?: number | "latest" | undefined; readonly limit?: number | undefined },
    options?: CallOptions,
  ): Promise<EventPage | Failed<keyof EventPage>>;
}

/**
 * The Worker's class. Cloudflare creates an instance for each request.
 *
 * @example
 * ```ts
 * import worker, { type WorkerClass } from "alikassa-edge/worker";
 *
 * const edge: WorkerClass = worker;
 * ```
 */
export interface WorkerClass {
  /** Called by Cloudflare with the context and the environment. */
  new (context: unknown, environment: WorkerEnvironment): AliKassaService;
}

/**
 * The Worker.
 *
 * @example
 * The `main` of a Worker may re-export it, with the class of its Durable Object:
 * ```ts
 * export { default, Ledger } from "alikassa-edge/worker";
 * ```
 */
declare const worker: WorkerClass;
export default worker;

/**
 * The class of the ledger's Durable Object, which only the Worker calls. Your `wrangler.toml` names it, and your `main` exports it.
 *
 * @example
 * ```ts
 * export { default, Ledger } from "alikassa-edge/worker";
 * ```
 */
export declare class Ledger {
  /** Called by Cloudflare with the object's state and the environment. */
  constructor(state: unknown, environment: WorkerEnvironment);
  /** Answers the Worker. */
  fetch(request: Request): Promise<Response>;
  /** Reads and delivers what is due. */
  alarm(): Promise<unknown>;
}
