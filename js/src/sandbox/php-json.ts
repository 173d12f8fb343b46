/**
 * JSON as PHP's `json_encode` writes it, made of JavaScript's own: a second implementation beside the library's Rust, so that
 * an error in one cannot hide in the other.
 */

/**
 * A PHP array with names as `json_encode` writes it with its default flags: no spaces, `\/`, everything above U+007F as
 * `\uXXXX` in lower-case hex, names in the order in which they are given. The empty one is a list to PHP: `[]`.
 *
 * @example
 * ```ts
 * phpJson({ id: 7n, desc: "за/ё", commission_amount: null });
 * // {"id":7,"desc":"\u0437\u0430\/\u0451","commission_amount":null}
 * ```
 * @throws TypeError for half of a surrogate pair, which has no UTF-8: PHP would refuse such a string.
 */
export function phpJson(fields: Readonly<Record<string, string | bigint | null>>): string {
  const members = Object.entries(fields).map(([name, value]) => {
    return `${phpString(name)}:${typeof value === "string" ? phpString(value) : String(value)}`;
  });
  return members.length === 0 ? "[]" : `{${members.join(",")}}`;
}

function phpString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("Half of a surrogate pair has no UTF-8, and PHP no JSON for it");
  return JSON.stringify(text)
    .replaceAll("/", "\\/")
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
