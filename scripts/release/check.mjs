/**
 * Whether a version can be released: `node scripts/release/check.mjs v0.1.0`. The first step of the release workflow, before
 * anything is installed.
 *
 * What CHANGELOG.md says of the version goes to standard output, for the release's page.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, runMain } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { findSection } from "./changelog.mjs";
import { findProblems } from "./problems.mjs";

await runMain(async () => {
  const [tag, ...rest] = process.argv.slice(2);
  if (tag === undefined || rest.length > 0) {
    throw new Failure("Which version?", { advice: "node scripts/release/check.mjs v0.1.0" });
  }
  const read = (file) => readFile(join(ROOT, file), "utf8");
  const [cargoToml, cargoLock, packageJson, packageLock, changelog] = await Promise.all(
    ["Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "CHANGELOG.md"].map(read),
  );
  const texts = { cargoToml, cargoLock, packageJson, packageLock, changelog };
  const problems = findProblems(tag, texts, process.env.GITHUB_REPOSITORY || undefined);
  if (problems.length > 0) {
    throw new Failure(`${tag} can't be released.`, { output: problems.map((problem) => `- ${problem}`).join("\n") });
  }
  process.stdout.write(`${findSection(changelog, tag.slice(1)).text}\n`);
});
