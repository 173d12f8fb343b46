/**
 * Whoever is called at night finds in docs/operations.md, or in the README that it leads to, whatever the Worker may say.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listFiles, readTextFiles } from "./repository.ts";

const files = readTextFiles(listFiles());
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? "";
const sources = files.filter(({ path }) => path.startsWith("src/edges/worker")).map(({ text }) => text);
const operations = textOf("docs/operations.md");

/** What the first group of a pattern finds in the Worker's sources. */
function found(pattern: RegExp): string[] {
  return [...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? "")))];
}

/** Those that do not stand in a text, in backticks, alone or within JSON. */
function unexplained(words: readonly string[], text: string): string[] {
  return words.filter((word) => !new RegExp(`\`[^\`\n]*\\b${word}\\b[^\`\n]*\``).test(text));
}

describe("docs/operations.md", () => {
  test("says what each code means", () => {
    const schema: { oneOf: { const: string }[] } = JSON.parse(textOf("src/edges/worker/openapi/schemas/code.json"));
    const codes = schema.oneOf.map((code) => code.const);
    assert.ok(codes.length > 10);
    assert.deepEqual(unexplained(["ok", ...codes], operations), []);
  });

  test("says what each line means that tells of something that failed", () => {
    assert.deepEqual(unexplained(found(/\bincident\(\s*"(\w+)"/g), operations), []);
  });

  test("gives no queue a consumer that lets go of what can't be delivered", () => {
    const commands = operations.replaceAll(/\\\n\s*/g, "").match(/^.*\bqueues consumer add\b.*$/gm) ?? [];
    assert.ok(commands.length > 0);
    for (const command of commands) assert.match(command, / --dead-letter-queue \S/);
  });

  test("leads to what each field of a line is", () => {
    const fields = [...textOf("src/edges/worker/log.rs").matchAll(/serialize_entry\("(\w+)"/g)].map(
      ([, name = ""]) => name,
    );
    assert.ok(fields.length > 10);
    assert.match(operations, /\.\.\/README\.md#what-the-log-tells/);
    assert.deepEqual(unexplained([...new Set(fields)], `${operations}\n${textOf("README.md")}`), []);
  });
});

describe("the check for what is explained", () => {
  test("finds what is missing, only spoken of, or part of another word", () => {
    assert.deepEqual(unexplained(["a_b"], "a_b, `a_bc`, `x_a_b` and `a`\n_b`"), ["a_b"]);
    assert.deepEqual(unexplained(["a_b", "c"], '`a_b` and `{"c":1}`'), []);
  });
});
