/** The Worker in workerd, run by `wrangler dev`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.mjs";
import { NPM_PROGRAMS, pathWithPackages, ROOT } from "../paths.mjs";
import { HOST } from "./port.mjs";

const READY_MS = 60_000;
const POLL_MS = 100;
const STOP_MS = 5_000;

/**
 * @typedef {object} RunningWorker
 * @property {string} url
 * @property {Promise<number | null>} ended Its exit status, once it has ended.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the Worker, and waits until it says that its configuration is sound.
 *
 * @param {object} options
 * @param {number} options.port
 * @param {string | undefined} options.envFile Secrets; wrangler reads `.dev.vars` if there is none.
 * @param {(line: string) => void} options.onLine Gets what wrangler says.
 * @param {Promise<unknown>} options.stopped Ends the waiting.
 * @returns {Promise<RunningWorker>}
 */
export async function startWorker({ port, envFile, onLine, stopped }) {
  const worker = spawnWrangler({ port, envFile, onLine });
  try {
    await waitUntilHealthy(worker, stopped);
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

function spawnWrangler({ port, envFile, onLine }) {
  const args = ["dev", "--ip", HOST, "--port", String(port), "--inspector-port", "0", "--log-level", "warn"];
  args.push("--show-interactive-dev-session", "false");
  if (envFile !== undefined) args.push("--env-file", envFile);
  const child = spawn(join(NPM_PROGRAMS, "wrangler"), args, {
    cwd: ROOT,
    // A group of its own: Ctrl-C reaches only us, and we end wrangler, its workerd and its build together.
    detached: true,
    env: {
      ...process.env,
      PATH: pathWithPackages(),
      // Neither questions nor reports nor a fetch that only a machine on the internet can do.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_WRITE_LOGS: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  const take = (text) => {
    for (const line of text.split("\n")) {
      if (line.trim() === "") continue;
      said.push(line);
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
  return { url: `http://${HOST}:${port}`, said, ended, stop: () => stop(child, ended) };
}

async function waitUntilHealthy({ url, said, ended }, stopped) {
  let over = false;
  let told = false;
  ended.then(() => {
    over = true;
  });
  stopped.then(() => {
    told = true;
  });
  for (const begin = Date.now(); Date.now() - begin < READY_MS; await sleep(POLL_MS)) {
    if (told) throw new Failure("Stopped before the Worker was up.");
    if (over) throw new Failure("wrangler has ended before the Worker was up.", { output: said.join("\n") });
    const response = await fetch(`${url}/healthz`, { redirect: "manual" }).catch(() => undefined);
    if (response === undefined) continue;
    const text = await response.text();
    if (response.status === 200) return;
    const detail = problemDetail(text);
    // Not every 503 is the Worker's: only its own is final.
    if (detail !== undefined) throw new Failure(`The Worker is not configured: ${detail}`);
  }
  throw new Failure(`The Worker was not up after ${READY_MS / 1000} s.`, { output: said.join("\n") });
}

function problemDetail(text) {
  try {
    const { code, detail } = JSON.parse(text);
    return typeof code === "string" && typeof detail === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}

async function stop(child, ended) {
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // All of them have ended.
      if (error.code !== "ESRCH") throw error;
    }
  };
  if (child.pid === undefined) return;
  end("SIGTERM");
  const late = setTimeout(end, STOP_MS, "SIGKILL");
  await ended;
  clearTimeout(late);
}
