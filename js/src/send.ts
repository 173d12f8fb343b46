/**
 * What sends a request, if the caller brings nothing of its own.
 *
 * @internal
 */

/** What is asked of Bun, whose types are no dependency. */
interface Bun {
  readonly version: string;
  /** What the oldest ones lack. */
  readonly semver?: { order(version: string, other: string): number };
}

/** The first Bun that does not send a `POST` again. */
const BUN_SENDS_ONCE = "1.3.14";

/**
 * The runtime's own `fetch`, as one that sends a request once.
 *
 * Two runtimes' send it again by themselves where the connection breaks, and AliKassa would be told twice to move money:
 *
 * - Deno's (<https://github.com/denoland/deno/pull/32566>). What is streamed it can't send again, and a Blob is streamed, with
 *   its length.
 * - That of an old Bun, on a connection that it has used before (<https://github.com/oven-sh/bun/issues/28706>). Without
 *   `keepalive` each request has a new one.
 *
 * @internal
 */
export function ownFetch(): typeof fetch {
  const own = globalThis.fetch;
  if (typeof own !== "function") return own;
  if ("Deno" in globalThis) {
    return (input, init = {}) =>
      own(input, typeof init.body === "string" ? { ...init, body: new Blob([init.body]) } : init);
  }
  const { Bun: bun } = globalThis as { readonly Bun?: Bun };
  if (bun === undefined || (bun.semver?.order(bun.version, BUN_SENDS_ONCE) ?? -1) >= 0) return own;
  return (input, init) => own(input, { ...init, keepalive: false });
}
