/** Sets up what is missing on this machine; `npm start`, `npm test` and the builds do it by themselves. */
import { fileURLToPath } from "node:url";
import { runMain } from "./failure.mjs";
import { say } from "./screen.mjs";
import { continueOnCurrentNode } from "./setup/node.mjs";
import { setUpPackages } from "./setup/packages.mjs";
import { setUpRust } from "./setup/rust.mjs";
import { setUpTools } from "./setup/tools.mjs";

/**
 * Does every step that has not been done yet, and says nothing if there is none. Afterwards the script runs on a current
 * Node, and the tools are there.
 *
 * @returns {Promise<import("./setup/tools.mjs").Tools>}
 */
export async function setUp() {
  await setUpPackages();
  await continueOnCurrentNode();
  await setUpRust();
  return setUpTools();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await setUp();
    say("Everything is set up.");
  });
}
