/**
 * What sends a request, if the caller brings nothing of its own.
 *
 * @internal
 */

/**
 * The runtime's own `fetch`, as one that sends a request once.
 *
 * Deno's sends it again by itself where the connection breaks (<https://github.com/denoland/deno/pull/32566>), and AliKassa
 * would be told twice to move money. What is streamed it can't send again, and a Blob is streamed, with its length.
 *
 * @internal
 */
export function ownFetch(): typeof fetch {
  const own = globalThis.fetch;
  if (!("Deno" in globalThis) || typeof own !== "function") return own;
  return (input, init = {}) =>
    own(input, typeof init.body === "string" ? { ...init, body: new Blob([init.body]) } : init);
}
