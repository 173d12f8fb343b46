/** A real Chromium, with nothing in it but the page. */
import assert from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** `npm test` says where it is; Debian has it there. */
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
/** Chromium says so itself of every answer with such a status, whatever the page makes of it. */
const REFUSED = /^Failed to load resource: the server responded with a status of [45]\d\d/;

/** Starts it, without a window and with an empty profile of its own. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, headless: true, chromiumSandbox: false });
}

/** The page, and all that went wrong in it. */
export class Visit {
  readonly page: Page;
  /** Every request of the page: its method, its URL and its headers. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: Record<string, string> }[] = [];
  readonly #origin: string;
  readonly #troubles: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => this.#troubles.push(`thrown: ${error.message}`));
    page.on("console", (message) => {
      const isQuiet = message.type() === "error" ? REFUSED.test(message.text()) : message.type() !== "warning";
      if (!isQuiet) this.#troubles.push(`${message.type()}: ${message.text()}`);
    });
    page.on("request", (request) => {
      this.requests.push({ method: request.method(), url: request.url(), headers: request.headers() });
    });
  }

  /** Opens the page in a context of its own, which shares nothing with another. */
  static async to(browser: Browser, url: URL, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext(options);
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`violation of ${violatedDirective} by ${blockedURI}`),
      );
    });
    const visit = new Visit(await context.newPage(), url.origin);
    await visit.page.goto(url.href);
    if (options.javaScriptEnabled !== false) await visit.page.locator("#types").waitFor();
    return visit;
  }

  /** Looks up a payout, and waits for the answer; `token` is typed only if there is one. */
  async lookUp(
    value: string,
    { token, by = "order_id" }: { token?: string; by?: "id" | "order_id" } = {},
  ): Promise<void> {
    const { page } = this;
    if (token !== undefined) await page.getByLabel("Token").fill(token);
    await page.getByLabel("Which payout").selectOption(by);
    await page.getByLabel("Its id").fill(value);
    await page.getByRole("button", { name: "Look up" }).click();
    await page.locator("#result").getByText("Asked for at").waitFor();
  }

  /** The names and values that are shown of the payout, or of the problem. */
  async shown(): Promise<Record<string, string>> {
    const rows = await this.page
      .locator("#result dl > div")
      .evaluateAll((elements) =>
        elements.map((row) => [row.querySelector("dt")?.textContent ?? "", row.querySelector("dd")?.textContent ?? ""]),
      );
    return Object.fromEntries(rows);
  }

  /** Closes it, and fails if anything was thrown, warned of or violated, or somebody else was asked. */
  async end(): Promise<void> {
    await this.page.context().close();
    const elsewhere = this.requests.filter(({ url }) => new URL(url).origin !== this.#origin);
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(this.#troubles, []);
  }

  /** What went wrong up to now, which is then forgotten. */
  takeTroubles(): string[] {
    return this.#troubles.splice(0);
  }
}
