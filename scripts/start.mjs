/** `npm start`: the Worker on this machine, and a first request to it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseEnv, styleText } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { ROOT } from "./paths.mjs";
import { Failure, runMain } from "./process.mjs";
import { ask, curlLine } from "./start/question.mjs";
import { startOwnSandbox } from "./start/sandbox.mjs";
import { startMerchant, tellStory } from "./start/story.mjs";
import { HOST, startWorker } from "./start/worker.mjs";

const ABOUT = `Builds the Worker and runs it on this machine, against a sandbox that checks signatures as AliKassa does; or, if there is a
.dev.vars with your own ALIKASSA_PRIVATE_KEY, against the real AliKassa. Then it asks for the status of a payout.`;

const ALIKASSA = "https://api-merchant.alikassa.com";
const USUAL_PORT = 8787;
const PARENT_POLL_MS = 500;

// The payout of the specification's example.
const EXAMPLE = { id: "100000536" };
const TO_TRY = [
  [{ order_id: "sandbox-wait" }, "a payout that is not final"],
  [{ order_id: "sandbox-fail" }, "a payout that failed"],
  [
    { order_id: "wait-1-a" },
    "a payout that is paid after the first request: AliKassa notifies the Worker (then wait-1-b)",
  ],
  [{ order_id: "fault-500" }, "AliKassa answers with an error: the state is unknown"],
  [{ order_id: "fault-429" }, "AliKassa asks to retry later: retried, then the state is unknown"],
  [{ order_id: "fault-html" }, "AliKassa answers with a web page: the state is unknown"],
];

const bold = (text) => styleText("bold", text);
const dim = (text) => styleText("dim", text);

await runMain(async () => {
  const options = readOptions();
  const built = spawnSync("npm", ["run", "--silent", "worker"], { cwd: ROOT, stdio: "inherit" });
  if (built.status !== 0) throw new Failure("The Worker could not be built.");
  const stopped = nextSignal();
  const port = await choosePort(options.port);
  const own = await readOwnSecrets();
  const merchant = own === undefined ? await startMerchant() : undefined;
  const listeners = { onRequest: logRequest, onNotification: logNotification };
  const sandbox = merchant && (await startOwnSandbox(merchant, listeners));
  try {
    if (sandbox === undefined) {
      console.log(`\n${styleText(["bold", "yellow"], "The real AliKassa")}`);
      console.log(`  ${own.baseUrl}, with the key in .dev.vars: every request goes there`);
    } else {
      console.log(`\n${bold("AliKassa's sandbox")}`);
      console.log(`  ${sandbox.url}, on this machine: no money, no account, and signatures that are checked`);
    }
    const onLine = (line) => console.log(dim(`  wrangler: ${line}`));
    const worker = await startWorker({
      port,
      envFile: sandbox?.envFile,
      stateFolder: sandbox?.stateFolder,
      onLine,
      stopped,
    });
    try {
      const token = sandbox?.token ?? own?.token;
      await askFirst({ worker, options, stopped, token, isReal: own !== undefined });
      if (!options.once) {
        const story = merchant && tellStory({ url: worker.url, token, sandbox, merchant });
        // From here on, AliKassa's notifications arrive.
        await Promise.race([Promise.resolve(story).then(() => sandbox?.notify(worker.url)), stopped]);
        await serve({ worker, stopped, isReal: own !== undefined });
      }
    } finally {
      await worker.stop();
    }
  } finally {
    await sandbox?.close();
    merchant?.close();
  }
});

async function askFirst({ worker, options, stopped, token, isReal }) {
  console.log(
    `${bold("The Worker")}\n  ${worker.url}  ${dim("in a browser: the API, and a form that takes the token")}`,
  );
  const query = options.query ?? (isReal ? undefined : EXAMPLE);
  if (query !== undefined) {
    const answered = await Promise.race([ask({ url: worker.url, token, query }), stopped.then(() => false)]);
    if (options.once && !answered) process.exitCode = 1;
  }
  // A token of the user's own must not appear on the screen, nor in the shell's history.
  const line = curlLine({ url: worker.url, token: isReal ? "$API_TOKEN" : token, query: query ?? { id: "…" } });
  console.log(`\n${bold("Ask again")}${isReal ? " (API_TOKEN is one of your API_TOKENS)" : ""}\n  ${line}`);
  if (!isReal) {
    console.log(`\n${bold("Or something else")}, with another -d`);
    for (const [other, about] of TO_TRY) console.log(`  ${`-d '${JSON.stringify(other)}'`.padEnd(34)} ${dim(about)}`);
  }
}

async function serve({ worker, stopped, isReal }) {
  console.log(`\nServing until Ctrl-C.${isReal ? "" : " Below: requests to the sandbox, and its notifications."}`);
  const end = await Promise.race([stopped.then(() => "stopped"), worker.ended]);
  if (end !== "stopped") throw new Failure("wrangler has ended by itself.");
  console.log("\nStopped.");
}

function readOptions() {
  const orderId = new Option("--order-id <id>", "ask for the payout with this id of yours").conflicts("id");
  const command = new Command("npm start --")
    .description(ABOUT)
    .option("--port <number>", "where the Worker listens; 8787 by default, or a free port if that is taken", readPort)
    .option("--id <id>", "ask for the payout with this id of AliKassa's; 100000536 in the sandbox by default")
    .addOption(orderId)
    .option("--once", "stop after the first answer, with exit status 0, or 1 if there was no payout")
    .parse();
  const { port, once, id, orderId: order_id } = command.opts();
  const byOrder = order_id === undefined ? undefined : { order_id };
  return { port, once, query: id === undefined ? byOrder : { id } };
}

function readPort(text) {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("It is a whole number from 1 to 65535.");
}

/** What is in `.dev.vars`, which wrangler reads by itself; `undefined` if there is no private key in it. */
async function readOwnSecrets() {
  const file = join(ROOT, ".dev.vars");
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  const { ALIKASSA_PRIVATE_KEY, ALIKASSA_BASE_URL, API_TOKENS = "" } = parseEnv(text);
  if (!ALIKASSA_PRIVATE_KEY) return undefined;
  return { baseUrl: ALIKASSA_BASE_URL || ALIKASSA, token: API_TOKENS.split(",")[0]?.trim() || undefined };
}

/** The port that was asked for, or else the usual one, or else, if that is taken, a free one. */
async function choosePort(wanted) {
  if (wanted === undefined) return (await tryPort(USUAL_PORT)) ?? (await tryPort(0)) ?? USUAL_PORT;
  if ((await tryPort(wanted)) !== undefined) return wanted;
  throw new Failure(`Port ${wanted} is taken.`, "Choose another, or leave --port out to get a free one.");
}

function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const { port: given } = server.address();
      server.close(() => resolve(given));
    });
  });
}

/** From here on, whatever ends this process ends its children first: Ctrl-C, a closed terminal, a closed pipe. */
function nextSignal() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, resolve);
    process.stdout.on("error", resolve);
    // A signal to npm alone ends npm and its shell, and doesn't reach this process.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve(), PARENT_POLL_MS).unref();
  });
}

function logRequest({ time, key = {}, answer }) {
  const [name = "?", value = "?"] = Object.entries(key)[0] ?? [];
  const outcome = `${answer.status ?? "nothing"} (${answer.outcome})`;
  console.log(dim(`  ${time.toTimeString().slice(0, 8)} ${name} ${value} → ${outcome}`));
}

function logNotification({ time, order_id, payment_status, status }) {
  const outcome = status === 200 ? "verified; the ledger reads the payout again" : "not accepted";
  const about = `notification: order_id ${order_id} is ${payment_status} → ${status ?? "nothing"} (${outcome})`;
  console.log(dim(`  ${time.toTimeString().slice(0, 8)} ${about}`));
}
