/** The documentation explains everything that the Worker may answer or log. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The part of the OpenAPI document that is used here. */
interface OpenApi {
  readonly components: {
    readonly schemas: {
      readonly Code: { readonly oneOf: readonly { readonly const: string }[] };
      readonly LedgerHealth: { readonly properties: Readonly<Record<string, unknown>> };
    };
  };
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OPENAPI = "assets/openapi.yaml";
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const readAll = (...patterns: string[]): string => globSync(patterns, { cwd: ROOT }).map(read).join("\n");

const document: OpenApi = parse(read(OPENAPI));
const worker = readAll("src/**/*.rs");
const log = readAll("src/**/*log.rs");
const operations = read("docs/operations.md");
const documentation = readAll("README.md", "docs/**/*.md");

/** What the first group of a pattern finds. */
function found(pattern: RegExp, text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))];
}

/** The words that do not stand in a text, in backticks, alone or within JSON. */
function unexplained(words: readonly string[], text: string): string[] {
  assert.ok(words.length > 1);
  return words.filter((word) => !new RegExp(`\`[^\`\n]*\\b${word}\\b[^\`\n]*\``).test(text));
}

describe("docs/operations.md", () => {
  test("explains each error code", () => {
    const codes = document.components.schemas.Code.oneOf.map((code) => code.const);
    assert.ok(codes.length > 10);
    assert.deepEqual(unexplained(["ok", ...codes], operations), []);
  });

  test("explains each event of the log", () => {
    assert.deepEqual(unexplained(found(/\blog_incident\(\s*"(\w+)"/g, worker), operations), []);
  });

  test("explains each number of the ledger in /healthz", () => {
    const { LedgerHealth } = document.components.schemas;
    assert.deepEqual(unexplained(Object.keys(LedgerHealth.properties), operations), []);
  });
});

describe("the documentation", () => {
  test("explains each field of the log", () => {
    assert.deepEqual(unexplained(found(/serialize_entry\("(\w+)"/g, log), documentation), []);
  });
});

describe("the check for explanations", () => {
  test("finds what is missing, outside of backticks, or part of another word", () => {
    const words = ["a_b", "c", "d", "e"];
    assert.deepEqual(unexplained(words, 'a_b, `a_bc`, `x_a_b`, `{"c":1}`, `d` and `e\n`'), ["a_b", "e"]);
  });
});
