/**
 * The built Worker, for a deployment without Rust: it answers over HTTP what became of a payout.
 *
 * It needs no line of code. A project has `alikassa-edge` in its `package.json`, and this in its `wrangler.toml`:
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
 * Without the last of these, Cloudflare's own lines would hold the URL of each request, and with it the order id that was asked for.
 *
 * Then its secrets are set, and it is deployed: see {@link WorkerEnvironment}.
 *
 * This module runs in Cloudflare Workers alone, for it imports `cloudflare:workers`.
 *
 * @module
 */

/**
 * The secrets, variables and bindings of the Worker. Without the ones that it needs it is closed, and says in `/healthz` what is missing.
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
  /** The bearer tokens that may ask, separated by commas. */
  readonly API_TOKENS: string;
  /** Where AliKassa is: `https://api-merchant.alikassa.com`. `http` is for loopback addresses alone. */
  readonly ALIKASSA_BASE_URL?: string;
  /** The hash under the signature: `sha1`, which is the default, or `sha256`. */
  readonly ALIKASSA_DIGEST?: string;
  /** The total time for one status in milliseconds, retries included, from 1 to 600000: `30000`. */
  readonly ALIKASSA_TIMEOUT_MS?: string;
  /** The text of the notifications' `public.pem`. */
  readonly ALIKASSA_NOTIFICATION_KEY?: string;
  /** Your endpoint that is told of payouts. `http` is for loopback addresses alone. */
  readonly FORWARD_URL?: string;
  /** The secrets with which that is signed. */
  readonly FORWARD_SECRET?: string;
  /** A queue of Cloudflare's between AliKassa's notifications and your endpoint. */
  readonly NOTIFICATIONS?: object;
  /** A KV namespace for final payouts. */
  readonly PAYOUTS?: object;
  /** A rate limiter of Cloudflare's. */
  readonly RATE_LIMITER?: object;
}

/**
 * What Cloudflare makes of the Worker's class for each request.
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
  /** Answers a request, whatever it is: failures are answers too. */
  fetch(request: Request): Promise<Response>;
  /** Delivers what the queue of notifications holds. */
  queue(batch: object): Promise<void>;
}

/**
 * The Worker's class, of which Cloudflare makes an object for each request.
 *
 * @example
 * ```ts
 * import worker, { type WorkerClass } from "alikassa-edge/worker";
 *
 * const edge: WorkerClass = worker;
 * ```
 */
export interface WorkerClass {
  /** Called by Cloudflare with its context and with the secrets. */
  new (context: unknown, environment: WorkerEnvironment): WorkerInstance;
}

/**
 * The Worker, as Cloudflare wants a Worker to be exported.
 *
 * @example
 * A Worker's own `main` need not be the file itself:
 * ```ts
 * export { default } from "alikassa-edge/worker";
 * ```
 */
declare const worker: WorkerClass;
export default worker;
