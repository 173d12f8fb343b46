/** Formats everything, and repairs what the linter can repair. */
import { Failure, runMain } from "./failure.mjs";
import { run } from "./process.mjs";
import { step } from "./screen.mjs";
import { setUpPackages } from "./setup/packages.mjs";

await runMain(async () => {
  await setUpPackages();
  await format("Rust", "cargo", ["fmt", "--all"]);
  await format("TypeScript, JavaScript and JSON", "biome", [
    "check",
    "--write",
    "--diagnostic-level=warn",
    "--error-on-warnings",
    "--colors=off",
  ]);
});

async function format(title, program, args) {
  await step(title, async () => {
    const { ok, output } = await run(program, args);
    if (!ok) throw new Failure(`${program} could not repair everything.`, { output });
  });
}
