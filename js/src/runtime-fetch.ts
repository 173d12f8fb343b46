/**
 * The default `fetch`.
 *
 * @internal
 */

/** The part of Bun that is used here; its types are not a dependency. */
interface Bun {
  readonly version: string;
  /** Missing in the oldest versions. */
  readonly semver?: { order(version: string, other: string): number };
}

/** The first Bun that does not repeat a `POST`. */
const BUN_SENDS_ONCE = "1.3.14";

/**
 * The runtime's `fetch`, made to send each request once.
 *
 * Two runtimes repeat a request by themselves when the connection breaks, which could move money twice:
 *
 * - Deno (<https://github.com/denoland/deno/pull/32566>) repeats what is not a stream. A Blob is sent as a stream, with its
 *   length.
 * - Bun before 1.3.14 (<https://github.com/oven-sh/bun/issues/28706>) repeats on a reused connection. Without `keepalive` no
 *   connection is reused.
 *
 * @internal
 */
export function runtimeFetch(): typeof fetch {
  const { fetch } = globalThis;
  if (typeof fetch !== "function") return fetch;
  if ("Deno" in globalThis) {
    return (input, init = {}) =>
      fetch(input, typeof init.body === "string" ? { ...init, body: new Blob([init.body]) } : init);
  }
  const { Bun: bun } = globalThis as { readonly Bun?: Bun };
  if (bun === undefined || (bun.semver?.order(bun.version, BUN_SENDS_ONCE) ?? -1) >= 0) return fetch;
  return (input, init) => fetch(input, { ...init, keepalive: false });
}
