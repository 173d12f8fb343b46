/** The Worker in workerd, run by `wrangler dev`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NPM_PROGRAMS, ROOT } from "../paths.mjs";
import { Failure } from "../process.mjs";

export const HOST = "127.0.0.1";
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const STOP_TIMEOUT_MS = 5_000;

/** No questions, no reports, and no request to the internet. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
};

/**
 * Starts the Worker, and waits until it reports that its configuration is sound, or until `stopped`. Without an `envFile` its secrets are
 * in `.dev.vars`. Without a `stateFolder` the ledger is kept in `.wrangler`. `ended` resolves with wrangler's exit status.
 */
export async function startWorker({ port, envFile, stateFolder, onLine, stopped }) {
  const args = ["dev", "--ip", HOST, "--port", String(port), "--inspector-port", "0", "--log-level", "warn"];
  args.push("--show-interactive-dev-session", "false", ...(envFile === undefined ? [] : ["--env-file", envFile]));
  if (stateFolder !== undefined) args.push("--persist-to", stateFolder);
  const child = spawn(join(NPM_PROGRAMS, "wrangler"), args, {
    cwd: ROOT,
    // A group of its own: Ctrl-C reaches only this process, which ends wrangler, its workerd and its build together.
    detached: true,
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = [];
  const take = (text) => {
    for (const line of text.split("\n").filter((part) => part.trim() !== "")) {
      output.push(line);
      onLine(line);
    }
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => {
      take(error.message);
      resolve(null);
    });
    child.once("close", resolve);
  });
  const worker = { url: `http://${HOST}:${port}`, ended, stop: () => stop(child, ended) };
  try {
    await waitUntilHealthy(worker, stopped, output);
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

async function waitUntilHealthy({ url, ended }, stopped, output) {
  let over;
  ended.then(() => {
    over = `wrangler has ended before the Worker was up.\n${output.join("\n")}`;
  });
  stopped.then(() => {
    over = "Stopped before the Worker was up.";
  });
  for (const begin = Date.now(); Date.now() - begin < READY_TIMEOUT_MS; await sleep(POLL_MS)) {
    if (over !== undefined) throw new Failure(over);
    const response = await fetch(`${url}/healthz`, { redirect: "manual" }).catch(() => undefined);
    if (response?.status === 200) return;
    // A 503 of wrangler's own is no JSON, and passes. One of the Worker's is final.
    const { code, detail } = (await response?.json().catch(() => undefined)) ?? {};
    if (code !== undefined) throw new Failure(`The Worker is not configured: ${detail}`);
  }
  throw new Failure(`The Worker was not up after ${READY_TIMEOUT_MS / 1000} s.\n${output.join("\n")}`);
}

async function stop(child, ended) {
  if (child.pid === undefined) return;
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // All of them have ended.
      if (error.code !== "ESRCH") throw error;
    }
  };
  end("SIGTERM");
  const late = setTimeout(end, STOP_TIMEOUT_MS, "SIGKILL");
  await ended;
  clearTimeout(late);
}
