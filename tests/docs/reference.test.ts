/** The API reference of the npm package, by TypeDoc. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setUpOnDemand } from "../../scripts/setup/on-demand.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

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

/** TypeDoc's kind of a re-export. */
const REFERENCE = 4_194_304;

describe("the reference", { timeout: 120_000 }, () => {
  let folder: string;
  let modules: readonly Entry[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "alikassa-edge-docs-"));
    const json = join(folder, "api.json");
    const typedoc = join(await setUpOnDemand(), "node_modules", ".bin", "typedoc");
    const args = ["--options", "js/typedoc.json", "--out", join(folder, "html"), "--json", json, "--logLevel", "Warn"];
    const { status, stdout, stderr } = spawnSync(typedoc, args, { cwd: ROOT, encoding: "utf8" });
    // All of its validations are on, and a warning is an error.
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
    modules = (JSON.parse(await readFile(json, "utf8")) as Entry).children ?? [];
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("has all modules", () => {
    const names = ["alikassa-edge", "alikassa-edge/node", "alikassa-edge/sandbox", "alikassa-edge/worker"];
    assert.deepEqual(modules.map(({ name }) => name).sort(), names);
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
