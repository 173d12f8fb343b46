/** Runs other programs, and reports failures in a sentence. */
import { spawn } from "node:child_process";
import { ROOT } from "./paths.mjs";

/** A failure that a person can do something about: what went wrong, and what to do. It is reported without a stack trace. */
export class Failure extends Error {
  name = "Failure";

  constructor(message, advice = "") {
    super(message);
    this.advice = advice;
  }
}

/** Runs a script's main function. A {@link Failure} becomes a message and exit status 1. */
export async function runMain(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`\n✘ ${error.message}\n${error.advice === "" ? "" : `${error.advice}\n`}`);
    process.exitCode = 1;
  }
}

/**
 * Runs a program in the project's folder, without an input. Never rejects. A variable that is `undefined` in `env` is removed; `show`
 * passes the output on as it comes.
 *
 * @returns {Promise<{ ok: boolean, stdout: string, output: string, missing: boolean }>} `output` holds standard output and standard
 *   error; `missing` says that there is no such program.
 */
export function run(program, args, { env = {}, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    const take = (text) => {
      output += text;
      if (show) process.stdout.write(text);
    };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", (error) => {
      resolve({ ok: false, stdout, output: `${output}${error.message}\n`, missing: error.code === "ENOENT" });
    });
    child.once("close", (code, signal) => {
      if (signal !== null) take(`${program} was ended by ${signal}\n`);
      resolve({ ok: code === 0, stdout, output, missing: false });
    });
  });
}

/** Runs a program whose failure ends the script. Its output is shown only then. */
export async function mustRun(program, args, options) {
  const outcome = await run(program, args, options);
  if (outcome.ok) return outcome;
  process.stderr.write(outcome.output);
  throw new Failure(`${program} ${args[0] ?? ""} failed.`);
}

/** Runs one step that takes a while, and says what it does and how long it took. */
export async function step(title, action) {
  const begin = Date.now();
  console.log(`… ${title}`);
  const result = await action();
  console.log(`✔ ${title}  ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}
