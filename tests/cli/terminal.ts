/** The command in a pseudo-terminal, and what a person would see there. */
import assert from "node:assert/strict";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { environment, folder, PROGRAM } from "./command.ts";

/** A terminal with the command in it. */
export interface Session {
  readonly pty: IPty;
  /** Everything that was written to the terminal so far, escape sequences and all. */
  readonly written: () => string;
  /** Resolves once what was written matches; rejects if the command ends before that. */
  readonly seen: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<SessionEnd>;
}

/** What was left when the command had ended. */
export interface SessionEnd {
  readonly status: number;
  /** The number of the signal, or 0. */
  readonly signal: number;
  readonly written: string;
  /** The lines on the screen, and those that have gone up above it. */
  readonly screen: string;
}

/** What Ctrl-C sends. */
export const CTRL_C = "\u0003";

/** What begins an escape sequence. */
export const ESC = "\u001b";

/** Starts the command in a terminal. */
export function openSession(
  args: readonly string[],
  { env = {}, cols = 120 }: { env?: Readonly<Record<string, string>>; cols?: number } = {},
): Session {
  const rows = 30;
  const pty = spawn(process.execPath, [PROGRAM, ...args], {
    ...{ cols, rows, cwd: folder, name: env["TERM"] ?? "xterm-256color" },
    env: environment(env),
  });
  let written = "";
  const waiting = new Set<() => void>();
  pty.onData((data) => {
    written += data;
    for (const look of waiting) look();
  });
  const ended = new Promise<SessionEnd>((resolve, reject) => {
    const timer = setTimeout(() => {
      pty.kill("SIGKILL");
      reject(new Error(`it does not end:\n${written}`));
    }, 30_000);
    pty.onExit(async ({ exitCode, signal = 0 }) => {
      clearTimeout(timer);
      // What the command wrote last may come after the news of its end.
      await new Promise((next) => setTimeout(next, 50));
      resolve({ status: exitCode, signal, written, screen: await screenOf(written, cols, rows) });
    });
  });
  const seen = (pattern: RegExp): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!pattern.test(written)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
      ended.then(({ screen }) => {
        if (!pattern.test(written)) assert.fail(`${pattern} was not seen:\n${screen}`);
      }),
    ]);
  return { pty, written: () => written, seen, ended };
}

/** What stands on a terminal after this was written to it. */
async function screenOf(written: string, cols: number, rows: number): Promise<string> {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  terminal.dispose();
  return `${lines.join("\n").trimEnd()}\n`;
}
