/** `wrangler.toml` deploys, as it is and with every optional setting. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const ENVIRONMENTS = ["staging", "production"] as const;
/** All bindings and variables, as wrangler lists them. */
const BINDINGS = [
  "ALIKASSA_ACCOUNT",
  "ALIKASSA_BASE_URL",
  "ALIKASSA_DIGEST",
  "ALIKASSA_TIMEOUT_MS",
  "FOLLOW_HOURS",
  "FORWARD_URL",
  "LEDGER",
  "RATE_LIMITER",
  "RETENTION_DAYS",
];

let toml: string;
let folder: string;

before(async () => {
  toml = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "alikassa-edge-deploy-"));
  await symlink(join(ROOT, "build"), join(folder, "build"));
  // Without [build]: the Worker is built.
  const whole = toml.replace(/^\[build\]\n(?:.+\n)+/m, "").replaceAll(/^#(?=\S)/gm, "");
  await writeFile(join(folder, "wrangler.toml"), whole);
});

after(() => rm(folder, { recursive: true, force: true }));

/** The output of a dry run. Fails on a warning. */
async function deploy(cwd: string, environment?: string): Promise<string> {
  const args = [WRANGLER, "deploy", "--dry-run", ...(environment === undefined ? [] : ["--env", environment])];
  const env = {
    ...process.env,
    NO_COLOR: "1",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
  };
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`;
      if (error === null) resolve(output);
      else reject(new Error(output));
    });
  });
  assert.doesNotMatch(output, /warning|unexpected|deprecated/i);
  assert.match(output, /dry-run: exiting now/);
  return output;
}

/** The names of the bindings in the output. */
const bindingsOf = (output: string) => [...output.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort();

/** The lines of an environment, from its table on. */
function linesOf(environment: string): string[] {
  const [, lines] = toml.split(`\n[env.${environment}]\n`);
  assert.ok(lines !== undefined, `no [env.${environment}]`);
  return (lines.split(/\n(?:# .*\n)*\[env\.\w+\]\n/)[0] ?? "").trim().split("\n");
}

describe("wrangler.toml", { concurrency: true }, () => {
  test("deploys as it is", async () => {
    assert.deepEqual(bindingsOf(await deploy(ROOT, "production")), ["LEDGER"]);
  });

  for (const environment of ENVIRONMENTS) {
    test(`deploys with every optional setting: ${environment}`, async () => {
      assert.deepEqual(bindingsOf(await deploy(folder, environment)), BINDINGS);
    });
  }

  test("has the same settings in both environments, except for names", () => {
    // Values in quotes and namespace numbers differ.
    const shape = (environment: string) =>
      linesOf(environment).map((line) =>
        line.replaceAll(/"[^"]*"/g, '""').replaceAll(new RegExp(`-?\\b${environment}\\b`, "g"), ""),
      );
    assert.deepEqual(shape("staging"), shape("production"));
    const own = (environment: string) => linesOf(environment).filter((line) => /^#?(?:name|namespace_id) =/.test(line));
    const [staging, production] = [own("staging"), own("production")];
    assert.equal(staging.length, 3);
    for (const line of staging) if (!line.includes("RATE_LIMITER")) assert.ok(!production.includes(line), line);
  });

  test("keeps Cloudflare's invocation logs, which hold URLs, off", () => {
    assert.match(toml, /^\[observability\.logs\]\nenabled = true\n#.*\ninvocation_logs = false$/m);
  });

  test("agrees with the settings for the package's Worker in docs/worker/deploy.md, which deploy", async () => {
    const guide = await readFile(join(ROOT, "docs/worker/deploy.md"), "utf8");
    const least = /^```toml\n(name = [^`]*)^```$/m.exec(guide)?.[1];
    assert.ok(least, "the guide has no wrangler.toml");
    const settingsOf = (text: string) => text.split("\n").map((line) => line.replace(/\s+#.*/, ""));
    const ours = new Set(settingsOf(toml));
    for (const line of settingsOf(least)) assert.ok(ours.has(line) || /^(?:main|directory) = /.test(line), line);
    for (const line of ["preview_urls = false", "[observability.logs]", "invocation_logs = false"])
      assert.ok(settingsOf(least).includes(line), `${line} is missing`);
    const own = join(folder, "own");
    await mkdir(join(own, "node_modules"), { recursive: true });
    await symlink(ROOT, join(own, "node_modules/alikassa-edge"));
    await writeFile(join(own, "wrangler.toml"), least);
    assert.deepEqual(bindingsOf(await deploy(own)), ["LEDGER"]);
  });
});
