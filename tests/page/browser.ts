/** The pages of a Worker in Chromium. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { SandboxOptions } from "../../dist/sandbox/index.js";
import { type Bindings, LEDGER, setUp } from "../worker/harness.ts";

/** The program. `npm test` sets its path; the default is Debian's. */
const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** Switch off requests of Chromium itself. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A small phone. */
export const PHONE = {
  viewport: { width: 320, height: 640 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

/** Chromium logs this for every answer with such a status. */
const REFUSED = /^Failed to load resource: the server responded with a status of [45]\d\d/;

/** Starts a sandbox, a Worker with its static assets and a ledger, and Chromium, until the end of the file's tests. */
export async function setUpPage(path = "/", bindings: Bindings = {}, options: Partial<SandboxOptions> = {}) {
  const { sandbox, clients } = await setUp({ sound: { LEDGER, ...bindings } }, { assets: true, ...options });
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS, chromiumSandbox: false });
  after(() => browser.close());
  const url = new URL(path, clients.sound.url);
  /** Opens the page. Fails if anything failed in it. */
  const visit = async (
    action: (visit: Visit) => Promise<void>,
    options: BrowserContextOptions = {},
    hash = "",
  ): Promise<void> => {
    const visit = await Visit.to(browser, new URL(hash, url), options);
    await action(visit);
    await visit.end();
  };
  return { sandbox, client: clients.sound, browser, url, visit };
}

/** A page, its requests and its failures. */
export class Visit {
  readonly page: Page;
  /** Every request of the page: its method, its URL and its headers. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: Record<string, string> }[] = [];
  readonly #origin: string;
  readonly #failures: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => this.#failures.push(`thrown: ${error.message}`));
    page.on("console", (message) => {
      const isQuiet = message.type() === "error" ? REFUSED.test(message.text()) : message.type() !== "warning";
      if (!isQuiet) this.#failures.push(`${message.type()}: ${message.text()}`);
    });
    page.on("request", (request) => {
      this.requests.push({ method: request.method(), url: request.url(), headers: request.headers() });
    });
  }

  /** Opens a page in a context of its own. The page is in English, unless the options have another `locale`. */
  static async to(browser: Browser, url: URL, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`violation of ${violatedDirective} by ${blockedURI}`),
      );
    });
    const visit = new Visit(await context.newPage(), url.origin);
    await visit.page.goto(url.href);
    return visit;
  }

  /** Looks up a payout and waits for the result. */
  async lookUp(
    value: string,
    { token, by = "order_id" }: { token?: string; by?: "id" | "order_id" } = {},
  ): Promise<void> {
    const { page } = this;
    if (token !== undefined) await page.locator("#token").fill(token);
    await page.locator("#name").selectOption(by);
    await page.locator("#value").fill(value);
    await page.locator("button[type=submit]").click();
    await page.locator("#result h3").waitFor();
  }

  /** Waits until the page shows what the ledger knows. */
  async untilLedgerIsShown(): Promise<void> {
    await this.page.locator("#ledger h3").first().waitFor();
  }

  /** The number of look-ups that the page has sent. */
  get lookUps(): number {
    return this.requests.filter(({ method }) => method === "POST").length;
  }

  /** The names and values that the page shows of the payout or the problem, or in another element. */
  async shown(part = "#result"): Promise<Record<string, string>> {
    const rows = await this.page
      .locator(`${part} dl > div`)
      .evaluateAll((elements) =>
        elements.map((row) => [row.querySelector("dt")?.textContent ?? "", row.querySelector("dd")?.textContent ?? ""]),
      );
    return Object.fromEntries(rows);
  }

  /** Closes the page. Fails after any exception, warning, violation of the policy or request to another origin. */
  async end(): Promise<void> {
    await this.page.context().close();
    const elsewhere = this.requests.filter(({ url }) => new URL(url).origin !== this.#origin);
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(this.#failures, []);
  }

  /** Returns the failures up to now and clears them. */
  takeFailures(): string[] {
    return this.#failures.splice(0);
  }
}

/** The violations that axe finds in a part of a page, which needs the option `bypassCSP`: the page's policy does not allow axe. */
export async function violations(page: Page, part: string): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async (selector) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(part: string): Promise<{
          violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run(selector);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }, part);
}
