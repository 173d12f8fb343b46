/** Text for a terminal: with colours if it has them, without control characters. */
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** The text in a style, if the stream is a terminal with colours and `NO_COLOR` is not set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/** Whether a line of this stream can be redrawn. */
export function canRedraw(stream: NodeJS.WriteStream): stream is NodeJS.WriteStream & WriteStream {
  return stream.isTTY === true && process.env["TERM"] !== "dumb";
}

/** The width of the terminal; infinite if the stream is not a terminal or does not know. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || Number.POSITIVE_INFINITY;
}

/**
 * The text without control characters, line breaks and marks of direction, which a terminal would interpret. Used for texts from
 * AliKassa and from files.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** Prints a line on standard error. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
