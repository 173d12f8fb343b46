/**
 * The check before a release, as the workflow runs it: a process, in a tree of its own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILES = ["Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "CHANGELOG.md"] as const;
const SCRIPTS = ["failure.mjs", "paths.mjs", "release"];
const REPOSITORY = "example-merchant/alikassa-edge";

type Files = Record<(typeof FILES)[number], string>;

const folder = await mkdtemp(join(tmpdir(), "alikassa-edge-release-"));
await Promise.all(
  SCRIPTS.map((name) => cp(join(ROOT, "scripts", name), join(folder, "scripts", name), { recursive: true })),
);
/** This tree, as somebody would prepare it for release 1.2.3. */
const ready = await prepare();

after(() => rm(folder, { recursive: true }));

beforeEach(() => write({}));

async function prepare(): Promise<Files> {
  const [cargoToml = "", cargoLock = "", packageJson = "", packageLock = "", changelog = ""] = await Promise.all(
    FILES.map((file) => readFile(join(ROOT, file), "utf8")),
  );
  const version = JSON.parse(packageJson).version;
  const lock = JSON.parse(packageLock);
  lock.version = lock.packages[""].version = "1.2.3";
  const repository = { type: "git", url: `git+https://github.com/${REPOSITORY}.git` };
  return {
    "Cargo.toml": cargoToml
      .replace(/^repository = .*\n/m, "")
      .replace(`version = "${version}"`, `version = "1.2.3"\nrepository = "https://github.com/${REPOSITORY}"`),
    "Cargo.lock": cargoLock.replace(
      `name = "alikassa-edge"\nversion = "${version}"`,
      'name = "alikassa-edge"\nversion = "1.2.3"',
    ),
    "package.json": JSON.stringify({ ...JSON.parse(packageJson), version: "1.2.3", repository }),
    "package-lock.json": JSON.stringify(lock),
    "CHANGELOG.md": changelog.replace(/^## /m, "## 1.2.3 - 2027-02-28\n\n### Added\n\n- News.\n\n## "),
  };
}

async function write(changed: Partial<Files>): Promise<void> {
  const files = { ...ready, ...changed };
  await Promise.all(FILES.map((file) => writeFile(join(folder, file), files[file])));
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function check(
  args: readonly string[],
  env: Record<string, string> = { GITHUB_REPOSITORY: REPOSITORY },
): Promise<Ended> {
  const script = join(folder, "scripts", "release", "check.mjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: tmpdir(), env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function assertRefused(changed: Partial<Files>, expected: RegExp, tag = "v1.2.3"): Promise<void> {
  await write(changed);
  const { code, stdout, stderr } = await check([tag]);
  assert.equal(code, 1, stdout);
  assert.equal(stdout, "");
  assert.match(stderr, expected);
  assert.equal(stderr.split("\n").filter((line) => line.startsWith("- ")).length, 1, stderr);
  assert.doesNotMatch(stderr, /\n {4}at /, "a stack trace is for programmers");
}

describe("the check before a release", () => {
  test("says what the changelog says of the version, and nothing else, if all is well", async () => {
    const { code, stdout, stderr } = await check(["v1.2.3"]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.equal(stdout, "### Added\n\n- News.\n");
  });

  test("ends at the next version's section", async () => {
    await write({ "CHANGELOG.md": "# C\n\n## [1.2.3] - 2027-02-28\n\n- New.\n\n## [1.2.2] - 2027-01-01\n\n- Old.\n" });
    assert.equal((await check(["v1.2.3"])).stdout, "- New.\n");
  });

  test("takes a version before the release", async () => {
    const to = (text: string): string => text.replaceAll("1.2.3", "1.2.3-rc.1");
    await write({
      "Cargo.toml": to(ready["Cargo.toml"]),
      "Cargo.lock": to(ready["Cargo.lock"]),
      "package.json": to(ready["package.json"]),
      "package-lock.json": to(ready["package-lock.json"]),
      "CHANGELOG.md": to(ready["CHANGELOG.md"]),
    });
    assert.equal((await check(["v1.2.3-rc.1"])).code, 0);
  });

  test("refuses a tag that is no version", async () => {
    for (const tag of ["1.2.3", "v1.2", "v1.2.3+build", "v01.2.3", "main"]) await assertRefused({}, /tag must be/, tag);
    assert.equal((await check([])).code, 1);
    assert.equal((await check(["v1.2.3", "v1.2.4"])).code, 1);
  });

  test("refuses a file with another version, and names it", async () => {
    for (const file of ["Cargo.toml", "Cargo.lock", "package.json"] as const) {
      const text = ready[file].replace(/(version"?(?: =|:) ?)"1\.2\.3"/, '$1"1.2.4"');
      assert.notEqual(text, ready[file]);
      await assertRefused({ [file]: text }, new RegExp(`- ${file} has version 1\\.2\\.4, and the tag is v1\\.2\\.3`));
    }
    const lock = JSON.parse(ready["package-lock.json"]);
    lock.packages[""].version = "1.2.2";
    await assertRefused({ "package-lock.json": JSON.stringify(lock) }, /- package-lock\.json has version \(none\)/);
  });

  test("refuses a changelog without the version, its date, or a word on it", async () => {
    const [now, without] = ["## 1.2.3 - 2027-02-28", ready["CHANGELOG.md"]];
    const changed = (heading: string) => ({ "CHANGELOG.md": without.replace(now, heading) });
    await assertRefused(changed(""), /no section "## 1\.2\.3/);
    await assertRefused(changed("## 1.2.30 - 2027-02-28"), /no section "## 1\.2\.3/);
    await assertRefused(changed("## 1.2.3"), /no date/);
    await assertRefused(changed("## 1.2.3 - 2027-02-29"), /no date/);
    await assertRefused(changed(`${now}\n\n## 1.2.2 - 2027-01-01`), /says nothing of 1\.2\.3/);
  });

  test("refuses a tree that does not say where it comes from, or says another place", async () => {
    const { repository: _, ...nameless } = JSON.parse(ready["package.json"]);
    await assertRefused(
      { "package.json": JSON.stringify(nameless) },
      /- package\.json names no repository.*"git\+https:\/\/github\.com\/example-merchant\/alikassa-edge\.git"/,
    );
    const without = ready["Cargo.toml"].replace(/^repository = .*\n/m, "");
    await assertRefused(
      { "Cargo.toml": without },
      /- Cargo\.toml names no repository.*repository = "https:\/\/github\.com/,
    );
    const fork = ready["Cargo.toml"].replace("example-merchant", "somebody-else");
    await assertRefused(
      { "Cargo.toml": fork },
      /- Cargo\.toml names the repository https:\/\/github\.com\/somebody-else/,
    );
  });

  test("tells everything at once, and by hand it does not know the repository", async () => {
    await write({ "CHANGELOG.md": "# Changelog\n", "Cargo.lock": "" });
    const { stderr } = await check(["v1.2.3"], {});
    assert.equal(stderr.split("\n").filter((line) => line.startsWith("- ")).length, 2, stderr);
  });
});
