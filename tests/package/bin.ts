/** The command as npm installs it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { writeArchive } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { folder, home, manifest, project, runToEnd } from "./installed.ts";

const command = (...args: string[]) => runToEnd(join(project, "node_modules", ".bin", "alikassa-edge"), args, project);

describe("the installed command", () => {
  const sandbox = useSandbox();

  test("is found by its name, and knows its version", async () => {
    assert.deepEqual(await command("--version"), { status: 0, stdout: `${manifest["version"]}\n`, stderr: "" });
  });

  test("asks for a payout without a package beside it", async () => {
    assert.deepEqual(
      readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith(".")),
      ["alikassa-edge"],
    );
    const cert = join(folder, "command-cert");
    await writeArchive(cert, archive);
    const options = ["--cert", cert, "--account", ACCOUNT, "--base-url", sandbox().baseUrl, "--json"];
    const { status, stdout } = await command("status", "--id", "100000536", ...options);
    assert.deepEqual([status, JSON.parse(stdout).payment_status], [0, "paid"]);
  });

  test("comes with the licence of each package that is in it", () => {
    const licences = readFileSync(join(home, "dist", "cli", "LICENSES.txt"), "utf8");
    const program = readFileSync(join(home, "dist", "cli", "main.js"), "utf8");
    const packages = new Set(
      // esbuild says of each piece where it came from.
      [...program.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(([, name = ""]) => name),
    );
    assert.ok(packages.has("commander") && packages.size > 5);
    for (const name of packages)
      assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([^)\n]+\\)\n-+\n`, "m"));
    assert.ok(
      licences
        .split(/^-{72}$/m)
        .slice(1)
        .every((text) => /copyright|permission/i.test(text)),
    );
  });
});
