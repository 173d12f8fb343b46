/** The command in a pseudo-terminal. */
import assert from "node:assert/strict";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { sleep } from "../fixtures/mock-api.ts";
import { environment, folder, PROGRAM } from "./command.ts";

/** A running command. */
interface Session {
  readonly pty: IPty;
  /** Resolves when the output matches; rejects if the command ends before that. */
  readonly seen: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<SessionEnd>;
}

/** An ended command. */
interface SessionEnd {
  readonly status: number;
  /** The number of the signal, or 0. */
  readonly signal: number;
  /** The output with escape sequences. */
  readonly written: string;
  /** The lines on the screen and above it. */
  readonly screen: string;
}

export const CTRL_C = "\u0003";

/** Begins an escape sequence. */
export const ESC = "\u001b";

/** The environment and the width of a terminal. */
export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cols?: number;
}

/** Starts the command in a terminal. */
export function openSession(args: readonly string[], { env = {}, cols = 120 }: TerminalOptions = {}): Session {
  const rows = 30;
  const pty = spawn(process.execPath, [PROGRAM, ...args], {
    ...{ cols, rows, cwd: folder, name: env["TERM"] ?? "xterm-256color" },
    env: environment(env),
  });
  let written = "";
  pty.onData((data) => {
    written += data;
  });
  const ended = new Promise<SessionEnd>((resolve, reject) => {
    const timer = setTimeout(() => {
      pty.kill("SIGKILL");
      reject(new Error(`it does not end:\n${written}`));
    }, 30_000);
    pty.onExit(async ({ exitCode, signal = 0 }) => {
      clearTimeout(timer);
      // The last output may arrive after the exit.
      await sleep(50);
      resolve({ status: exitCode, signal, written, screen: await screenOf(written, cols, rows) });
    });
  });
  const seen = async (pattern: RegExp): Promise<void> => {
    let end: SessionEnd | undefined;
    while (!pattern.test(written)) {
      if (end !== undefined) assert.fail(`${pattern} was not seen:\n${end.screen}`);
      end = await Promise.race([ended, sleep(5).then(() => undefined)]);
    }
  };
  return { pty, seen, ended };
}

/** The lines of a terminal after this output. */
async function screenOf(written: string, cols: number, rows: number): Promise<string> {
  const terminal = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
  terminal.dispose();
  return `${lines.join("\n").trimEnd()}\n`;
}
