/** What is published. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { setUpOnDemand } from "../../scripts/setup/on-demand.mjs";
import { files, home, main, manifest, node, project, ROOT, runModule, runToEnd } from "./installed.ts";

/** The modules: for engines that know relaxed SIMD, and for those that don't. */
const VARIANTS = ["baseline", "relaxed-simd"];

describe("the tarball", () => {
  test("contains the modules of js/src and js/sandbox with their types, the wasm with its glue, the command, the Worker and the licences, and nothing else", () => {
    const modules = Object.entries({ src: "dist", sandbox: "dist/sandbox" }).flatMap(([folder, dist]) =>
      readdirSync(join(ROOT, "js", folder), { recursive: true, encoding: "utf8" })
        .map((path) => path.replaceAll("\\", "/"))
        .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
        .map((path) => `${dist}/${path.slice(0, -".ts".length)}`),
    );
    const expected = [
      ...[
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "README.ru.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "wrangler.toml",
        "dist/THIRD-PARTY-LICENSES.txt",
        "package.json",
      ],
      ...VARIANTS.flatMap((variant) => [
        ...["alikassa_edge.js", "alikassa_edge.d.ts", "alikassa_edge_bg.wasm", "base64.js", "base64.d.ts"].map(
          (file) => `dist/wasm/${variant}/${file}`,
        ),
      ]),
      ...["index.js", "index.d.ts", "index_bg.wasm"].map((file) => `dist/worker/${file}`),
      ...readdirSync(join(ROOT, "build", "assets"), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(join(ROOT, "build"), join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
        .map((file) => `dist/worker/${file}`),
      ...modules.flatMap((module) => [`${module}.js`, `${module}.d.ts`]),
      // The command line is one file, with the packages that it is made of.
      ...["dist/cli/LICENSES.txt", "dist/cli/main.js"],
    ];
    // Other documents are in the folders that package.json names.
    const documents = (manifest["files"] as string[]).filter((path) => /^(?:docs|crates)\b/.test(path));
    const isDocument = (file: string) => /^(?:docs|crates)\//.test(file);
    assert.ok(documents.length === 0 || files.includes("docs/npm.md"));
    assert.deepEqual(
      files.filter((file) => !isDocument(file)),
      expected.sort(),
    );
  });

  test("points to no source map that is not there", () => {
    for (const file of files.filter((file) => /\.[jt]s$/.test(file))) {
      assert.doesNotMatch(readFileSync(join(home, file), "utf8"), /sourceMappingURL=/, file);
    }
  });

  test("does not say in which folder it was built", () => {
    for (const file of files) {
      const bytes = readFileSync(join(home, file), "latin1");
      assert.ok(!bytes.includes(ROOT), file);
    }
  });

  for (const variant of VARIANTS) {
    test(`has a ${variant} wasm under 300 KiB gzipped`, () => {
      const wasm = readFileSync(join(home, `dist/wasm/${variant}/alikassa_edge_bg.wasm`));
      const { length } = gzipSync(wasm, { level: 9 });
      assert.ok(length < 300 * 1024, `${length} bytes`);
    });
  }

  test("has no fault that publint knows", async () => {
    const { messages, pkg } = await publint({ pkgDir: home, strict: true });
    assert.ok(pkg !== undefined);
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    );
  });

  test("has no dependency and runs no script when it is installed", () => {
    const names = ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies"];
    for (const name of names) assert.equal(manifest[name], undefined, name);
    const scripts = manifest["scripts"] as Record<string, string>;
    for (const name of ["preinstall", "install", "postinstall", "prepare"])
      assert.equal(scripts[name], undefined, name);
    assert.deepEqual(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
      ["alikassa-edge"],
    );
  });

  test("has every file that its exports and imports name", () => {
    const named = [...JSON.stringify([manifest["exports"], manifest["imports"]]).matchAll(/"\.\/([^"]+\.\w+)"/g)];
    for (const [, file = ""] of named.filter(([, file]) => file !== "package.json"))
      assert.ok(files.includes(file), file);
    assert.ok(named.length >= 7, String(named.length));
  });
});

describe("the installed package", () => {
  test("exports the client, the verifier and the error classes, and nothing internal", () => {
    const kinds = ["AliKassa", "Closed", "Gateway", "InvalidRequest", "Key", "Request", "Verification", "WaitTimeout"];
    const names = ["AliKassa", ...kinds.map((kind) => `${kind}Error`), "verifyNotification"];
    assert.deepEqual(Object.keys(main).sort(), names);
    assert.deepEqual(Object.keys(node).sort(), [...names, "fromArchive"].sort());
  });

  test("has the same classes under both names", () => {
    assert.equal(node.AliKassa, main.AliKassa);
    assert.equal(node.GatewayError, main.GatewayError);
  });

  test("does not export its internal files", async () => {
    for (const path of ["dist/wasm/node.js", "dist/index.js", "wasm"]) {
      const { stderr, status } = await runModule(`import "alikassa-edge/${path}";`);
      assert.equal(status, 1);
      assert.match(stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
    }
  });

  test("can be required by CommonJS in every Node, since Node 22.12 lets ES modules be", async () => {
    const file = join(project, "shop.cjs");
    const source = `const { AliKassa, KeyError } = require("alikassa-edge");
      const { fromArchive } = require("alikassa-edge/node");
      try { new AliKassa({ account: "a", privateKey: "" }); } catch (error) {
        console.log(error instanceof KeyError, typeof fromArchive);
      }`;
    await writeFile(file, source);
    const onDemand = join(await setUpOnDemand(), "node_modules");
    const nodes = [join(onDemand, "node-22"), join(ROOT, "node_modules", "node"), join(onDemand, "node-26")];
    for (const folder of nodes) {
      const ended = await runToEnd(join(folder, "bin", "node"), [file], project);
      assert.deepEqual([ended.status, ended.stdout], [0, "true function\n"], folder);
      assert.equal(ended.stderr, "", folder);
    }
  });

  test("leaves the global scope as it was", async () => {
    const source = `const before = Reflect.ownKeys(globalThis).length;
      await import("alikassa-edge");
      console.log(Reflect.ownKeys(globalThis).length - before);`;
    assert.equal((await runModule(source)).stdout, "0\n");
  });
});
