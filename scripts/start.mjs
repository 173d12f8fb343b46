/** `npm start`: the Worker on this machine, and a first question to it. */
import { build } from "./build.mjs";
import { Failure, runMain } from "./failure.mjs";
import { whenOrphaned } from "./process.mjs";
import { bold, dim, say, yellow } from "./screen.mjs";
import { setUp } from "./setup.mjs";
import { HELP, readOptions } from "./start/options.mjs";
import { readOwnSecrets } from "./start/own-secrets.mjs";
import { choosePort } from "./start/port.mjs";
import { ask, curlLine } from "./start/question.mjs";
import { startOwnSandbox } from "./start/sandbox.mjs";
import { startWorker } from "./start/worker.mjs";

// The payout of the specification's example.
const EXAMPLE = { id: "100000536" };
const TO_TRY = [
  [{ order_id: "sandbox-wait" }, "a payout that is not final"],
  [{ order_id: "sandbox-fail" }, "a payout that failed"],
  [
    { order_id: "wait-1-a" },
    "a payout that is paid once you have asked: AliKassa notifies the Worker (then try wait-1-b)",
  ],
  [{ order_id: "fault-500" }, "AliKassa answers with an error: the state is unknown"],
  [{ order_id: "fault-429" }, "AliKassa asks for patience: retried, then the state is unknown"],
  [{ order_id: "fault-html" }, "AliKassa answers with a web page"],
];

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(HELP.trimEnd());
  const tools = await setUp();
  await build(tools);
  const stopped = nextSignal();
  const port = await choosePort(options.port);
  const own = await readOwnSecrets();
  const sandbox =
    own === undefined ? await startOwnSandbox({ onRequest: sayRequest, onNotification: sayNotification }) : undefined;
  try {
    say(`\n${own === undefined ? bold("AliKassa's sandbox") : yellow(bold("The real AliKassa"))}`);
    if (own === undefined)
      say(`  ${sandbox.url}, on this machine: no money, no account, and signatures that are checked`);
    else say(`  ${own.baseUrl}, with the key in .dev.vars: every question goes there`);
    const worker = await startWorker({ port, envFile: sandbox?.envFile, onLine: sayWrangler, stopped });
    try {
      // Who stops after the first answer would only break a notification off.
      if (!options.once) sandbox?.notify(worker.url);
      await serve({ worker, options, stopped, token: sandbox?.token ?? own?.token, own: own !== undefined });
    } finally {
      await worker.stop();
    }
  } finally {
    await sandbox?.close();
  }
});

async function serve({ worker, options, stopped, token, own }) {
  say(`${bold("The Worker")}\n  ${worker.url}  ${dim("in a browser: the API, and a form that takes the token")}`);
  const query = options.query ?? (own ? undefined : EXAMPLE);
  if (query !== undefined) {
    const answered = await Promise.race([ask({ url: worker.url, token, query }), stopped.then(() => false)]);
    if (options.once && !answered) process.exitCode = 1;
  }
  // A token of the user's own is not for the screen, nor for the shell's history.
  const shownToken = own ? "$API_TOKEN" : token;
  const line = (shown) => curlLine({ url: worker.url, token: shownToken, query: shown });
  say(`\n${bold(query === undefined ? "Ask it" : "Ask again")}${own ? " (API_TOKEN is one of your API_TOKENS)" : ""}`);
  say(`  ${line(query ?? { id: "…" })}`);
  if (!own) {
    say(`\n${bold("Or something else")}, with another -d`);
    for (const [other, about] of TO_TRY) say(`  ${`-d '${JSON.stringify(other)}'`.padEnd(34)} ${dim(about)}`);
  }
  if (options.once) return;
  say(`\nServing until Ctrl-C.${own ? "" : " Below: what reaches the sandbox, and its notifications."}`);
  const end = await Promise.race([stopped.then(() => "stopped"), worker.ended]);
  if (end !== "stopped") throw new Failure("wrangler has ended by itself.");
  say("\nStopped.");
}

/** From here on, whatever ends this process ends its children first: Ctrl-C, a closed terminal, a reader that left. */
function nextSignal() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, resolve);
    process.stdout.on("error", resolve);
    whenOrphaned(resolve);
  });
}

function sayRequest({ time, key = {}, answer }) {
  const [name = "?", value = "?"] = Object.entries(key)[0] ?? [];
  const about = `${name === "orderId" ? "order_id" : name} ${value} → ${answer.status ?? "nothing"} (${answer.outcome})`;
  say(dim(`  ${time.toTimeString().slice(0, 8)} ${about}`));
}

function sayNotification({ time, orderId, paymentStatus, status }) {
  const outcome = status === 200 ? "verified, and the payout read again" : "not accepted";
  const about = `notification: order_id ${orderId} is ${paymentStatus} → ${status ?? "nothing"} (${outcome})`;
  say(dim(`  ${time.toTimeString().slice(0, 8)} ${about}`));
}

function sayWrangler(line) {
  say(dim(`  wrangler: ${line}`));
}
