/** The page: its Content-Security-Policy, and whether everybody can use it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { TOKEN } from "../worker/harness.ts";
import { PHONE, setUpPage, violations } from "./browser.ts";

const { browser, sandbox, url, visit } = await setUpPage();

describe("the page", () => {
  test("says without JavaScript where the API description is", () =>
    visit(
      async ({ page }) => {
        const hints = await page.locator("noscript p").all();
        assert.equal(hints.length, 2);
        for (const hint of hints) assert.ok(await hint.isVisible());
        assert.ok(!(await page.locator("#token").isVisible()));
        assert.ok(!(await page.locator("#languages").isVisible()));
      },
      { javaScriptEnabled: false },
    ));

  test("links to the API reference", () =>
    visit(async ({ page }) => {
      await page.getByRole("link", { name: "API reference" }).click();
      await page.getByRole("heading", { name: "alikassa-edge" }).waitFor();
      assert.equal(new URL(page.url()).pathname, "/reference");
    }));
});

describe("the page's policy", () => {
  test("blocks scripts and styles of others, and text that would become markup", () =>
    visit(async (visit) => {
      // That each violation is seen shows that one of the page itself would be seen.
      const isBlocked = async (write: () => unknown, directive: string) => {
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
      await isBlocked(html, "require-trusted-types-for");
      await isBlocked(() => document.body.setAttribute("onclick", "hacked()"), "require-trusted-types-for");
      const inline = () => document.body.append(Object.assign(document.createElement("script"), { text: "hacked()" }));
      await isBlocked(inline, "require-trusted-types-for");
      await isBlocked(() => import(`${"https:"}//elsewhere.test/hacked.js`), "script-src-elem");
      await isBlocked(() => fetch("https://elsewhere.test/"), "connect-src");
      await isBlocked(() => Object.assign(new Image(), { src: "https://elsewhere.test/" }), "img-src");
      await isBlocked(() => document.body.append(document.createElement("style")), "style-src-elem");
      await isBlocked(() => document.body.setAttribute("style", "color: red"), "style-src-attr");
      const submit = () => {
        const form = Object.assign(document.createElement("form"), { action: "/" });
        document.body.append(form);
        form.submit();
      };
      await isBlocked(submit, "form-action");
      assert.match(visit.takeFailures().join("\n"), /violation of form-action/);
      // Chromium reports blocked requests too.
      visit.requests.length = 0;
    }));

  test("forbids frames", async () => {
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

describe("accessibility", () => {
  test("the page works by keyboard only", () =>
    visit(async (visit) => {
      const { page } = visit;
      const press = (key: string) => page.keyboard.press(key);
      const focused = () =>
        page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
      for (const language of ["English", "Русский"]) {
        await press("Tab");
        assert.equal(await focused(), language);
      }
      for (const view of ["Look up a payout", "Open and overdue payouts"]) {
        await press("Tab");
        assert.equal(await focused(), view);
      }
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
      await page.locator("#result h3").waitFor();
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
      assert.equal(await focused(), "submit");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
      assert.equal(outline, "solid", "the focus is visible");
    }));

  test("the result is announced to screen readers", () =>
    visit(async (visit) => {
      await visit.lookUp("fault-500", { token: TOKEN });
      assert.ok(await visit.page.getByRole("status").getByText("State unknown").isVisible());
    }));

  const lookups = ["6422494", "sandbox-wait", "sandbox-cancel", "sandbox-fail", "sandbox-refund", "fault-500"];
  for (const [what, options, values] of [
    ["in light colours", { colorScheme: "light" }, lookups],
    ["in dark colours", { colorScheme: "dark" }, lookups],
    ["in Russian", { locale: "ru-RU" }, lookups],
    ["on a phone", { ...PHONE, colorScheme: "light" }, ["fault-500"]],
    ["on a phone in Russian", { ...PHONE, locale: "ru-RU" }, ["fault-500"]],
  ] as const) {
    test(`axe finds no violation ${what}`, () =>
      visit(
        async (visit) => {
          await visit.page.locator("form summary").click();
          assert.deepEqual(await violations(visit.page, "html"), []);
          for (const value of values) {
            await visit.lookUp(value, { token: TOKEN });
            await visit.untilLedgerIsShown();
            assert.deepEqual(await violations(visit.page, "#lookup"), [], value);
          }
        },
        { ...options, bypassCSP: true },
      ));
  }

  for (const locale of ["en-US", "ru-RU"]) {
    test(`a phone shows the page without horizontal scrolling: ${locale}`, () =>
      visit(
        async (visit) => {
          const long = "9".repeat(128);
          sandbox.addPayout(
            JSON.stringify({ payment_status: "w".repeat(200), order_id: long, ["n".repeat(100)]: long }),
          );
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
        },
        { ...PHONE, locale },
      ));
  }
});
