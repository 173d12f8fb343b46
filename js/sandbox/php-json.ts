/**
 * JSON as PHP's `json_encode` writes it: independent of the library, so that an error in one shows in the other.
 */

/**
 * A PHP array with names as `json_encode` writes it with its default flags: no spaces, `\/`, everything above U+007F as
 * `\uXXXX` in lower-case hex, names in their order. An empty PHP array is a list: `[]`.
 *
 * @example
 * ```ts
 * phpJson({ id: 7n, desc: "за/ё", commission_amount: null });
 * // {"id":7,"desc":"\u0437\u0430\/\u0451","commission_amount":null}
 * ```
 * @throws TypeError for half of a surrogate pair, which PHP refuses.
 */
export function phpJson(fields: Readonly<Record<string, string | bigint | boolean | null>>): string {
  const members = Object.entries(fields).map(([name, value]) => {
    return `${phpString(name)}:${typeof value === "string" ? phpString(value) : String(value)}`;
  });
  return members.length === 0 ? "[]" : `{${members.join(",")}}`;
}

function phpString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("the text contains half of a surrogate pair, which PHP refuses");
  return JSON.stringify(text)
    .replaceAll("/", "\\/")
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
