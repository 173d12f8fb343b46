/** Running other programs. */
import { spawn } from "node:child_process";
import { pathWithPackages, ROOT } from "./paths.mjs";

/**
 * @typedef {object} Outcome
 * @property {boolean} ok Whether it ended with status 0.
 * @property {string} stdout What it wrote to standard output.
 * @property {string} output Standard output and standard error, in the order in which they came.
 * @property {boolean} missing Whether there is no such program.
 */

/**
 * Runs a program to its end, in the project's folder, without an input.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options] A variable that is `undefined` in `env`
 *   is taken away. `onLine` gets each line as it comes.
 * @returns {Promise<Outcome>} It never rejects: a program that can't be started is an outcome too.
 */
export function run(program, args, { env = {}, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: pathWithPackages(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    let rest = "";
    const take = (text) => {
      output += text;
      if (onLine === undefined) return;
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
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
      if (signal !== null) output += `${program} was ended by ${signal}\n`;
      resolve({ ok: code === 0, stdout, output, missing: false });
    });
  });
}

const PARENT_POLL_MS = 500;

/**
 * Calls back once the process that started this one is gone. A signal that is sent to npm alone ends npm and the shell
 * under it, and nobody tells us.
 *
 * @param {() => void} callback
 */
export function whenOrphaned(callback) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, PARENT_POLL_MS);
  timer.unref();
}
