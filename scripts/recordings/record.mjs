/** What a terminal shows while commands run in it, moment by moment. */

import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { ROOT } from "../paths.mjs";

/**
 * @typedef {{ text: string, colour: number, isBold: boolean, isDim: boolean, column: number }} Run Characters of one
 *   style; `colour` is one of the terminal's 16, or -1 for its usual one.
 * @typedef {{ seconds: number, lines: Run[][] }} Frame What is shown from so many seconds on.
 * @typedef {{ columns: number, frames: Frame[] }} Recording
 */

const COLUMNS = 100;
const ROWS = 30;
const FRAME_MS = 250;
const PROMPT = "\u001b[32m$\u001b[39m ";
const PROGRAM = join(ROOT, "dist", "cli", "main.js");

/**
 * Runs commands one after the other in one terminal. `type` is a text that is typed once the pattern `at` has been written.
 *
 * @param {{ command: string, type?: { text: string, at: RegExp } }[]} commands
 * @param {{ cwd: string, env: Record<string, string> }} options
 * @returns {Promise<Recording>}
 */
export async function record(commands, { cwd, env }) {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const begin = performance.now();
  const frames = [];
  const write = (text) => new Promise((resolve) => terminal.write(text, resolve));
  const shoot = () => {
    const lines = linesOf(terminal);
    if (JSON.stringify(lines) !== JSON.stringify(frames.at(-1)?.lines))
      frames.push({ seconds: (performance.now() - begin) / 1000, lines });
  };
  for (const { command, type } of commands) {
    await write(`${PROMPT}${command}\r\n`);
    shoot();
    const timer = setInterval(shoot, FRAME_MS);
    await runInTerminal(command, type, { cwd, env, write });
    clearInterval(timer);
    shoot();
  }
  terminal.dispose();
  return { columns: COLUMNS, frames };
}

async function runInTerminal(command, type, { cwd, env, write }) {
  const [, ...args] = command.split(" ");
  const options = { cols: COLUMNS, rows: ROWS, cwd, env: { PATH: process.env.PATH, ...env }, name: "xterm-256color" };
  const pty = spawn(process.execPath, [PROGRAM, ...args], options);
  let written = "";
  let isTyped = type === undefined;
  let last = Promise.resolve();
  pty.onData((text) => {
    written += text;
    last = write(text);
    if (isTyped || !type.at.test(written)) return;
    isTyped = true;
    pty.write(type.text);
  });
  await new Promise((resolve) => pty.onExit(resolve));
  // What was written last comes after the news of the end.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await last;
}

/** @returns {Run[][]} */
function linesOf({ buffer: { active } }) {
  const lines = Array.from({ length: active.length }, (_, at) => runsOf(active.getLine(at)));
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function runsOf(line) {
  const runs = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    const style = {
      colour: cell.isFgPalette() ? cell.getFgColor() : -1,
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
    };
    const text = cell.getChars() || " ";
    const run = runs.at(-1);
    const goesOn = run !== undefined && Object.entries(style).every(([name, value]) => run[name] === value);
    if (goesOn) run.text += text;
    else runs.push({ text, ...style, column });
  }
  for (const run of runs) run.text = run.text.trimEnd();
  return runs.filter(({ text }) => text !== "");
}
