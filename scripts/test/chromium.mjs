/** The browser for the tests of the page. */
import { run } from "../process.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/**
 * Finds a Chromium: the one that `CHROMIUM` names, or one on PATH.
 *
 * @returns {Promise<import("./steps.mjs").Preparation>}
 */
export async function findChromium() {
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  for (const name of names) {
    // Only running it tells: some distributions put a stand-in on PATH.
    if ((await run(name, ["--version"])).ok) return { env: { CHROMIUM: await pathOf(name) } };
  }
  return { note: "not checked: there is no Chromium" };
}

async function pathOf(name) {
  const { ok, stdout } = await run("sh", ["-c", 'command -v "$1"', "sh", name]);
  return ok ? stdout.trim() : name;
}
