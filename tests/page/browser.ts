/** A real Chromium, with nothing in it but the page. */
import { type Browser, chromium } from "playwright-core";

/** Where Debian has it, unless the environment says where it is. */
const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** It talks to nobody but the page. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

/** Starts it, without a window and with an empty profile of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, headless: true, chromiumSandbox: false });
}
