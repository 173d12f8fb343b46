/**
 * Decoding the base64 of an inlined module.
 *
 * @internal
 */

/** In new engines only. */
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
  // A loop, since Uint8Array.from with a callback takes ten times as long.
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
