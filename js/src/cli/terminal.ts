/** What a terminal is sent: colours where it has them, and nothing that would steer it. */
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** The text in this style, if the stream is a terminal with colours and `NO_COLOR` is not set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/** Whether a line on this stream can be drawn over. */
export function canRedraw(stream: NodeJS.WriteStream): stream is NodeJS.WriteStream & WriteStream {
  return stream.isTTY === true && process.env["TERM"] !== "dumb";
}

/** How many characters a line of this stream takes; infinitely many where it is no terminal, or one that does not say. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || Number.POSITIVE_INFINITY;
}

/**
 * The text without what a terminal would obey, or show otherwise than it is: control characters, line breaks, marks that
 * turn the direction of writing. Texts of AliKassa and of files go through here.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** A remark on standard error, beside the output. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
