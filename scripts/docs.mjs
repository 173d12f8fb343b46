/** `npm run docs`: the reference of the npm package's API, from its doc comments, in `docs/api/`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { Failure, runMain } from "./failure.mjs";
import { ROOT } from "./paths.mjs";
import { run } from "./process.mjs";
import { say } from "./screen.mjs";
import { setUpOnDemand } from "./setup/on-demand.mjs";
import { setUp } from "./setup.mjs";

const OPTIONS = join(ROOT, "js", "typedoc.json");

/**
 * Runs TypeDoc, which fails on its first warning.
 *
 * @param {readonly string[]} [options] Besides those of js/typedoc.json.
 */
export async function typeDoc(options = []) {
  const program = join(await setUpOnDemand(), "node_modules", "typedoc", "bin", "typedoc");
  return run("node", [program, "--options", OPTIONS, ...options]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    // The types of the glue are built.
    await build(await setUp(), ["npm"]);
    const { ok, output } = await typeDoc();
    if (!ok) throw new Failure("The reference could not be made.", { output });
    say(join("docs", "api", "index.html"));
  });
}
