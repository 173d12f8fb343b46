/** The lines of JSON that the Workers log. */
import { randomBytes } from "node:crypto";

export type LogLine = Readonly<Record<string, unknown>>;

/** A `CF-Ray`, as Cloudflare makes it. */
export const newRay = (): string => `${randomBytes(8).toString("hex")}-TST`;

export class LogLines {
  readonly #lines: LogLine[] = [];

  /** Adds a message of the log if it is one of the Worker's lines. */
  add(message: string): void {
    if (message.startsWith('{"event":')) this.#lines.push(JSON.parse(message) as LogLine);
  }

  where(matches: (line: LogLine) => boolean): LogLine[] {
    return this.#lines.filter(matches);
  }
}
