/** The sandbox's own JSON, against what PHP wrote. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { phpJson } from "../../dist/sandbox/index.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/php_strings.json", import.meta.url), "utf8")) as {
  readonly codepoints: readonly number[];
  readonly php: string;
}[];

test("strings are as PHP writes them, as values and as names", () => {
  assert.ok(vectors.length >= 500);
  for (const { codepoints, php } of vectors) {
    const text = String.fromCodePoint(...codepoints);
    assert.equal(phpJson({ [text]: text }), `{${php}:${php}}`);
  }
});

test("integers and null are as PHP writes them, in the order in which they are given", () => {
  const fields = { b: 9223372036854775807n, a: null, c: "", d: -1n };
  assert.equal(phpJson(fields), '{"b":9223372036854775807,"a":null,"c":"","d":-1}');
  // Of PHP's own empty array.
  assert.equal(phpJson({}), "[]");
});

test("half of a surrogate pair is refused, as PHP refuses what is not UTF-8", () => {
  for (const text of ["\ud800", "a\udc00", "\udc00\ud800"]) assert.throws(() => phpJson({ text }), TypeError);
});
