/** Builds the Worker into `build/` and the npm package into `dist/`: `npm run build`, `build:worker`, `build:npm`. */
import { fileURLToPath } from "node:url";
import { buildPackage } from "./build/package.mjs";
import { buildWorker } from "./build/worker.mjs";
import { Failure, runMain } from "./failure.mjs";
import { dim, duration, green, say } from "./screen.mjs";
import { setUp } from "./setup.mjs";

const TARGETS = {
  worker: { title: "the Worker in build/", build: buildWorker },
  npm: { title: "the npm package in dist/", build: buildPackage },
};

/**
 * Builds what has changed and says so; silent if nothing has.
 *
 * @param {import("./setup/tools.mjs").Tools} tools
 * @param {readonly (keyof typeof TARGETS)[]} [names] Both by default.
 */
export async function build(tools, names = ["worker", "npm"]) {
  // Side by side, since each spends half its time in a program that uses one core. Both end before a failure is told, so
  // that none goes on behind the message.
  const results = await Promise.allSettled(names.map((name) => buildOne(tools, TARGETS[name])));
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
  }
}

async function buildOne(tools, { title, build }) {
  const begin = Date.now();
  let announced = false;
  const built = await build(tools, () => {
    if (!announced) say(`… ${title}`);
    announced = true;
  });
  if (built) say(`${green("✔")} ${title}  ${dim(duration(Date.now() - begin))}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const names = process.argv.slice(2);
    const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
    if (unknown !== undefined) {
      throw new Failure(`There is no build "${unknown}".`, { advice: "There are: worker, npm. Without a name: both." });
    }
    const tools = await setUp();
    await build(tools, names.length > 0 ? names : undefined);
  });
}
