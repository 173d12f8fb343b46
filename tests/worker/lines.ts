/** The lines of JSON that our Workers write into the log. */
import { randomBytes } from "node:crypto";

/** A line, taken apart. */
export type Line = Readonly<Record<string, unknown>>;

/** A name for a request, as Cloudflare makes one. */
export const newRay = (): string => `${randomBytes(8).toString("hex")}-TST`;

export class Lines {
  readonly #lines: Line[] = [];

  /** A message of the log; what is no line of ours is passed over. */
  add(message: string): void {
    if (message.startsWith('{"event":')) this.#lines.push(JSON.parse(message) as Line);
  }

  where(fits: (line: Line) => boolean): Line[] {
    return this.#lines.filter(fits);
  }
}
