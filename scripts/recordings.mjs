/** Makes docs/status-file.svg and docs/doctor.svg again, from the command itself in a terminal: `node scripts/recordings.mjs`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { runMain } from "./failure.mjs";
import { ROOT } from "./paths.mjs";
import { record } from "./recordings/record.mjs";
import { toSvg } from "./recordings/svg.mjs";
import { step } from "./screen.mjs";
import { setUp } from "./setup.mjs";

const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const COUNT = 120;
const STATUSES = ["paid", "paid", "paid", "wait", "paid", "paid", "cancel", "paid", "fail", "paid"];
const CTRL_C = "\u0003";

/** A sandbox that knows the payouts, answers after a while, and answers every tenth one with a fault. */
async function startScene({ makeArchive, payoutJson, startSandbox, writeArchive }, folder) {
  const archive = makeArchive();
  await writeArchive(join(folder, "cert"), archive);
  const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
  const ids = Array.from({ length: COUNT }, (_, at) => String(100_000_700 + at));
  for (const [at, id] of ids.entries()) {
    const statusJson = JSON.stringify(STATUSES[at % STATUSES.length]);
    sandbox.addPayout(payoutJson({ id, orderId: String(6_422_500 + at), statusJson }));
    sandbox.script(id, [at % 10 === 4 ? { status: 500, delayMs: 150 } : { delayMs: 120 + ((at * 37) % 150) }]);
  }
  await writeFile(join(folder, "ids.csv"), `id\n${ids.join("\n")}\n`);
  return sandbox;
}

await runMain(async () => {
  await build(await setUp(), ["npm"]);
  const folder = await mkdtemp(join(tmpdir(), "alikassa-edge-recordings-"));
  const sandbox = await startScene(await import("../dist/sandbox/index.js"), folder);
  const env = { ALIKASSA_ACCOUNT: ACCOUNT, ALIKASSA_BASE_URL: sandbox.url };
  const status = "alikassa-edge status --cert cert --file ids.csv --output results.jsonl";
  const scenes = [
    {
      file: join("docs", "status-file.svg"),
      title: "status --file: a progress bar, Ctrl-C, and the same command that goes on where it stopped",
      commands: [{ command: status, type: { text: CTRL_C, at: / 4\d\/120 / } }, { command: status }],
    },
    {
      file: join("docs", "doctor.svg"),
      title: "doctor: the findings about a key archive that is sound",
      commands: [{ command: "alikassa-edge doctor --cert cert --live" }],
    },
  ];
  try {
    for (const { file, title, commands } of scenes) {
      const show = async () => toSvg(title, await record(commands, { cwd: folder, env }));
      await step(file, async () => writeFile(join(ROOT, file), await show()));
    }
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true });
  }
});
