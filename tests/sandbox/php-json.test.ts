/** JSON as PHP writes it, against PHP's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { phpJson } from "../../dist/sandbox/index.js";
import { vectors } from "../fixtures/vectors.ts";

test("writes strings as PHP does, as values and as names", () => {
  const rows = vectors<{ readonly codepoints: readonly number[]; readonly php: string }>("php_strings");
  assert.ok(rows.length >= 500);
  for (const { codepoints, php } of rows) {
    const text = String.fromCodePoint(...codepoints);
    assert.equal(phpJson({ [text]: text }), `{${php}:${php}}`);
  }
});

test("writes integers and null as PHP does, in the given order", () => {
  const fields = { b: 9223372036854775807n, a: null, c: "", d: -1n };
  assert.equal(phpJson(fields), '{"b":9223372036854775807,"a":null,"c":"","d":-1}');
  // An empty array of PHP.
  assert.equal(phpJson({}), "[]");
});

test("refuses half of a surrogate pair, as PHP does", () => {
  for (const text of ["\ud800", "a\udc00", "\udc00\ud800"]) assert.throws(() => phpJson({ text }), TypeError);
});
