/** Makes docs/page.png anew: the Worker's page, and on it a payout whose state is unknown. Needs a Chromium. */
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "./build.mjs";
import { Failure, runMain } from "./failure.mjs";
import { ROOT } from "./paths.mjs";
import { say } from "./screen.mjs";
import { setUp } from "./setup.mjs";
import { choosePort } from "./start/port.mjs";
import { startOwnSandbox } from "./start/sandbox.mjs";
import { startWorker } from "./start/worker.mjs";
import { findChromium } from "./test/chromium.mjs";

const FILE = join("docs", "page.png");
const VIEW = { viewport: { width: 1200, height: 1040 }, colorScheme: "light" };

await runMain(async () => {
  const tools = await setUp();
  await build(tools);
  const found = await findChromium();
  if ("note" in found) throw new Failure("There is no Chromium.", { advice: "Install one, or name it in CHROMIUM." });
  const sandbox = await startOwnSandbox(() => {});
  try {
    const never = new Promise(() => {});
    const port = await choosePort(undefined);
    const worker = await startWorker({ port, envFile: sandbox.envFile, onLine: say, stopped: never });
    try {
      await take(found.env.CHROMIUM, worker.url, sandbox.token);
    } finally {
      await worker.stop();
    }
  } finally {
    await sandbox.close();
  }
  say(FILE);
});

async function take(executablePath, url, token) {
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  try {
    const page = await browser.newPage(VIEW);
    await page.goto(url);
    await page.locator("#types").waitFor();
    await page.getByLabel("Token").fill(token);
    await page.getByLabel("Its id").fill("fault-500");
    await page.getByRole("button", { name: "Look up" }).click();
    await page.locator("#result").getByText("Asked for at").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(ROOT, FILE) });
  } finally {
    await browser.close();
  }
}
