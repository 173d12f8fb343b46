/**
 * The built Worker, for a deployment without Rust and without code of your own. The project has `alikassa-edge` in its
 * `package.json`, and this in its `wrangler.toml`:
 *
 * ```toml
 * name = "alikassa-edge"
 * main = "node_modules/alikassa-edge/dist/worker/index.js"
 * compatibility_date = "2026-10-23"
 * preview_urls = false
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
 * @module alikassa-edge/worker
 */

/**
 * The secrets, variables and bindings of the Worker. If one that it needs is missing, it answers 503, and `/healthz` names it.
 *
 * @example
 * For a Worker of your own that calls this one by a service binding, and for tests:
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
  /** A queue between AliKassa's notifications and your endpoint. */
  readonly NOTIFICATIONS?: object;
  /** A KV namespace for final payouts. */
  readonly PAYOUTS?: object;
  /** A rate limiter. */
  readonly RATE_LIMITER?: object;
}

/**
 * An instance of the Worker's class.
 *
 * @example
 * ```ts
 * import type { WorkerInstance } from "alikassa-edge/worker";
 *
 * const health = async (edge: WorkerInstance): Promise<number> =>
 *   (await edge.fetch(new Request("https://edge.example/healthz"))).status;
 * ```
 */
export interface WorkerInstance {
  /** Answers a request. A failure is an answer, too. */
  fetch(request: Request): Promise<Response>;
  /** Delivers the notifications of a queue. */
  queue(batch: object): Promise<void>;
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
  new (context: unknown, environment: WorkerEnvironment): WorkerInstance;
}

/**
 * The Worker.
 *
 * @example
 * The `main` of a Worker may re-export it:
 * ```ts
 * export { default } from "alikassa-edge/worker";
 * ```
 */
declare const worker: WorkerClass;
export default worker;
