/** Programs that some steps need besides Rust, Node and npm. Where one is missing, its checks are left out, and a note says so. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { USER_CACHE } from "../paths.mjs";
import { run } from "../process.mjs";

const CHROMIUMS = ["chromium", "chromium-browser", "google-chrome"];
const SCHEMATHESIS_VERSION = "4.32.5";

/** Finds the programs. `env` has a variable for each, empty where it is missing. */
export async function findPrograms() {
  const [chromium, schemathesis] = await Promise.all([findChromium(), findSchemathesis()]);
  const [valgrind, actionlint, zizmor] = await Promise.all(["valgrind", "actionlint", "zizmor"].map(runs));
  const processor = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const counts = valgrind && /\bfma\b/.test(processor);
  const found = {
    "what runs in a browser, without Chromium": chromium,
    "the HTTP API by schemathesis, which needs Python 3 with venv and pip": schemathesis,
    "constant time, without valgrind and a processor with fused multiply-add": counts,
    "the workflows, without actionlint and zizmor": actionlint && zizmor,
  };
  return {
    env: { CHROMIUM: chromium, SCHEMATHESIS: schemathesis, COUNT_INSTRUCTIONS: counts ? "1" : "" },
    notes: Object.keys(found).filter((note) => !found[note]),
  };
}

/** Only running a program tells: some distributions put a stand-in on PATH. */
async function runs(program) {
  return (await run(program, ["--version"])).ok;
}

async function findChromium() {
  for (const name of process.env.CHROMIUM ? [process.env.CHROMIUM] : CHROMIUMS) {
    if (await runs(name)) return (await run("sh", ["-c", 'command -v "$1"', "sh", name])).stdout.trim();
  }
  return "";
}

/** A Python package, in a folder of its own in the user's cache, where it is installed when it is first needed. */
async function findSchemathesis() {
  const folder = join(USER_CACHE, "tools", `schemathesis-${SCHEMATHESIS_VERSION}`);
  const program = join(folder, "bin", "schemathesis");
  if (await runs(program)) return program;
  await run("python3", ["-m", "venv", "--clear", folder]);
  const install = ["install", "--quiet", "--disable-pip-version-check", `schemathesis==${SCHEMATHESIS_VERSION}`];
  await run(join(folder, "bin", "pip"), install);
  return (await runs(program)) ? program : "";
}
