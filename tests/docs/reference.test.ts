/** The reference of the npm package's API, which TypeDoc makes of its doc comments. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { typeDoc } from "../../scripts/docs.mjs";

interface Comment {
  readonly blockTags?: readonly { readonly tag: string }[];
}

interface Entry {
  readonly name: string;
  readonly kind: number;
  readonly comment?: Comment;
  readonly signatures?: readonly { readonly comment?: Comment }[];
  readonly children?: readonly Entry[];
}

/** TypeDoc's number for what stands in another module, too. */
const REFERENCE = 4_194_304;

describe("the reference", { timeout: 120_000 }, () => {
  let folder: string;
  let modules: readonly Entry[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "alikassa-edge-docs-"));
    const json = join(folder, "api.json");
    const { ok, output } = await typeDoc(["--out", join(folder, "html"), "--json", json, "--logLevel", "Warn"]);
    // All of its validations are on, and a warning is an error.
    assert.deepEqual([ok, output], [true, ""]);
    modules = (JSON.parse(await readFile(json, "utf8")) as Entry).children ?? [];
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("has all three modules", () => {
    assert.deepEqual(modules.map(({ name }) => name).sort(), ["index", "node", "worker"]);
  });

  test("has an example for every export", () => {
    const exports = modules.flatMap(({ children = [] }) => children).filter(({ kind }) => kind !== REFERENCE);
    assert.ok(exports.length > 25);
    const without = exports.filter(({ comment, signatures }) => {
      const tags = (comment ?? signatures?.[0]?.comment)?.blockTags ?? [];
      return !tags.some(({ tag }) => tag === "@example");
    });
    assert.deepEqual(
      without.map(({ name }) => name),
      [],
    );
  });
});
