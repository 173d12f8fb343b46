/**
 * The bytes of a module that stands in the JavaScript as base64.
 *
 * @internal
 */

/** What the newest engines have and the others lack. */
interface FromBase64 {
  fromBase64?(base64: string): Uint8Array<ArrayBuffer>;
}

/**
 * Decodes base64.
 *
 * @internal
 */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as FromBase64).fromBase64?.(base64);
  if (native !== undefined) return native;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // By hand: Uint8Array.from with a callback takes ten times as long for a module.
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
