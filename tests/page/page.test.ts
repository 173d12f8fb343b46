/** The page as such: the documentation in it, what it may do, and who can use it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { Document } from "../openapi/document.ts";
import { newArchive, openSandbox, soundBindings, startWorkers, TOKEN, type Workers } from "../worker/harness.ts";
import { openBrowser, Visit } from "./browser.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let sandbox: Sandbox;
let workers: Workers<"sound">;
let browser: Browser;
let url: URL;
let document_: Document;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({ sound: soundBindings(archive, sandbox) });
  url = workers.edges.sound.url;
  document_ = await Document.of(workers.edges.sound);
  browser = await openBrowser();
});

after(async () => {
  await browser.close();
  await sandbox.close();
  await workers.stop();
});

async function visit(action: (visit: Visit) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const visit = await Visit.to(browser, url, options);
  await action(visit);
  await visit.end();
}

describe("the documentation", () => {
  test("has every operation with every answer", () =>
    visit(async ({ page }) => {
      for (const { path, method, operation } of document_.operations) {
        const article = page.getByRole("article", { name: `${method} ${path}`, exact: true });
        const answers = await article.locator("details > summary > strong").allTextContents();
        assert.deepEqual(answers, Object.keys(operation.responses), operation.operationId);
      }
      const told = Object.keys(document_.json.webhooks).map((name) => `POST your endpoint: ${name}`);
      for (const name of told) assert.ok(await page.getByRole("article", { name, exact: true }).isVisible(), name);
      assert.equal(await page.getByRole("article").count(), document_.operations.length + told.length);
    }));

  test("has every code and every type", () =>
    visit(async ({ page }) => {
      const text = (await page.locator("#documentation").textContent()) ?? "";
      for (const code of document_.codes) assert.ok(text.includes(code), code);
      for (const name of Object.keys(document_.json.components.schemas)) {
        if (name !== "Code") assert.ok(await page.getByRole("heading", { name, exact: true }).isVisible(), name);
      }
    }));

  test("shows the specification's example, and each code beside its answer", () =>
    visit(async ({ page }) => {
      const answers = page.getByRole("article", { name: "POST /v1/payout/status", exact: true });
      await answers.getByText("200", { exact: true }).click();
      assert.ok(await answers.getByText('"account_new_balance": "1000"').isVisible());
      await answers.getByText("502", { exact: true }).click();
      assert.ok(await answers.getByText("upstream_unreachable").isVisible());
    }));

  test("leads to each of its parts", () =>
    visit(async ({ page }) => {
      const links = await page
        .locator("#documentation a[href^='#']")
        .evaluateAll((all) =>
          all.map((link) => [
            link.getAttribute("href"),
            document.querySelector(link.getAttribute("href") ?? "") !== null,
          ]),
        );
      assert.ok(links.length > 20);
      assert.deepEqual(
        links.filter(([, leads]) => !leads),
        [],
      );
    }));

  test("says where it is if it can't be shown", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/openapi.json", (route) => route.abort());
    await page.goto(url.href);
    await page.getByText("It could not be loaded; it is at openapi.json").waitFor();
    assert.ok(await page.getByRole("button", { name: "Look up" }).isVisible(), "the form works all the same");
    await context.close();
  });

  test("says where it is without JavaScript, and shows no form that would not work", () =>
    visit(
      async ({ page }) => {
        const [hint] = await page.locator("noscript p").all();
        assert.ok(await hint?.isVisible());
        assert.ok(!(await page.getByLabel("Token").isVisible()));
      },
      { javaScriptEnabled: false },
    ));
});

describe("the page's policy", () => {
  test("is sent with the page and with each of its files", async () => {
    for (const path of ["/", "/page/element.js", "/page/icon.svg", "/page/style.css"]) {
      const { headers } = await workers.edges.sound.ask({ path, token: null });
      assert.equal(headers.get("Content-Security-Policy"), POLICY);
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      assert.equal(headers.get("Referrer-Policy"), "no-referrer");
      assert.equal(headers.get("Cross-Origin-Opener-Policy"), "same-origin");
      assert.equal(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
    }
  });

  test("stops what would be somebody else's script, and the text that would become markup", () =>
    visit(async (visit) => {
      // Each is seen, which also shows that a violation of the page's own would be.
      const stopped = async (write: () => unknown, directive: string) => {
        const seen = visit.page.evaluate(
          (wanted) =>
            new Promise<void>((resolve) => {
              document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
                if (effectiveDirective === wanted) resolve();
              });
            }),
          directive,
        );
        await visit.page.evaluate(write).catch(() => undefined);
        await seen;
      };
      const html = () => {
        document.body.innerHTML = "<img>";
      };
      await stopped(html, "require-trusted-types-for");
      await stopped(() => document.body.setAttribute("onclick", "hacked()"), "require-trusted-types-for");
      const inline = () => document.body.append(Object.assign(document.createElement("script"), { text: "hacked()" }));
      await stopped(inline, "require-trusted-types-for");
      await stopped(() => import(`${"https:"}//elsewhere.test/hacked.js`), "script-src-elem");
      await stopped(() => fetch("https://elsewhere.test/"), "connect-src");
      await stopped(() => Object.assign(new Image(), { src: "https://elsewhere.test/" }), "img-src");
      await stopped(() => document.body.append(document.createElement("style")), "style-src-elem");
      await stopped(() => document.body.setAttribute("style", "color: red"), "style-src-attr");
      const submit = () => {
        const form = Object.assign(document.createElement("form"), { action: "/" });
        document.body.append(form);
        form.submit();
      };
      await stopped(submit, "form-action");
      assert.match(visit.takeTroubles().join("\n"), /violation of form-action/);
      // Chromium tells of what it stopped as if it had been sent.
      visit.requests.length = 0;
    }));

  test("lets nobody frame the page", async () => {
    const elsewhere = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html").end(`<iframe src="${url.href}"></iframe>`);
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const { port } = elsewhere.address() as AddressInfo;
    const context = await browser.newContext();
    const page = await context.newPage();
    const refused = page.waitForEvent("console", (message) => message.text().includes("frame-ancestors 'none'"));
    await page.goto(`http://127.0.0.1:${port}/`);
    await refused;
    assert.equal(await page.frameLocator("iframe").getByText("Look up a payout").count(), 0);
    await context.close();
    elsewhere.close();
  });
});

describe("the page is for everybody", () => {
  test("by keyboard alone", () =>
    visit(async (visit) => {
      const { page } = visit;
      const press = (key: string) => page.keyboard.press(key);
      const focused = () =>
        page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
      await press("Tab");
      assert.equal(await focused(), "token");
      await page.keyboard.type(TOKEN);
      await press("Tab");
      assert.equal(await focused(), "name");
      await page.keyboard.type("by AliKassa");
      await press("Tab");
      assert.equal(await focused(), "value");
      await page.keyboard.type("100000536");
      await press("Enter");
      await page.locator("#result").getByText("Asked for at").waitFor();
      assert.equal((await visit.shown())["payment_status"], "paid");
      assert.equal(await focused(), "value", "the focus stays where it was");
      await press("Tab");
      assert.equal(await focused(), "More");
      await press("Enter");
      assert.ok(await page.getByLabel("Account, if not").isVisible());
      await press("Tab");
      await press("Tab");
      assert.equal(await focused(), "again");
      await press("Space");
      assert.ok(await page.getByLabel("Ask AliKassa even if").isChecked());
      await press("Tab");
      assert.equal(await focused(), "Look up");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
      assert.equal(outline, "solid", "it is seen where the focus is");
    }));

  test("for who hears it: the answer is told when it comes", () =>
    visit(async (visit) => {
      await visit.lookUp("fault-500", { token: TOKEN });
      assert.ok(await visit.page.getByRole("status").getByText("State unknown").isVisible());
    }));

  const lookups = ["6422494", "sandbox-wait", "sandbox-cancel", "sandbox-fail", "sandbox-refund", "fault-500"];
  for (const [what, options, values] of [
    ["in the light", { colorScheme: "light" }, lookups],
    ["in the dark", { colorScheme: "dark" }, lookups],
    ["on a phone", { ...PHONE, colorScheme: "light" }, ["fault-500"]],
  ] as const) {
    test(`by the rules of WCAG, as far as a program can check them: ${what}`, async () => {
      // axe is not of the page, so that its policy would not let it in.
      const visit = await Visit.to(browser, url, { ...options, bypassCSP: true });
      await visit.page.evaluate(AXE);
      const [first] = await visit.page.locator("article details").all();
      await first?.click();
      assert.deepEqual(await violations(visit.page, "html"), []);
      for (const value of values) {
        await visit.lookUp(value, { token: TOKEN });
        assert.deepEqual(await violations(visit.page, "#lookup"), [], value);
      }
      await visit.end();
    });
  }

  test("on a phone, without scrolling sideways", () =>
    visit(async (visit) => {
      const long = "9".repeat(128);
      sandbox.addPayout(JSON.stringify({ payment_status: "w".repeat(200), order_id: long, ["n".repeat(100)]: long }));
      for (const value of ["fault-500", long]) {
        await visit.lookUp(value, { token: TOKEN });
        await visit.page.locator("details").evaluateAll((all) => {
          for (const one of all) one.setAttribute("open", "");
        });
        const width = await visit.page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.body.scrollWidth,
        ]);
        assert.deepEqual(width, [PHONE.viewport.width, PHONE.viewport.width], value);
      }
    }, PHONE));
});

/** What axe finds in a part of the page, one sentence each. */
function violations(page: Page, part: string): Promise<string[]> {
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
