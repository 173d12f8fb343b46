/** The languages of the page: English and Russian. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { TOKEN } from "../worker/harness.ts";
import { setUpPage } from "./browser.ts";

const RUSSIAN: BrowserContextOptions = { locale: "ru-RU" };
const UNKNOWN = {
  en: "State unknown: do not cancel or repeat this payout",
  ru: "Состояние неизвестно: не отменяйте и не повторяйте эту выплату",
};
const ADVICE =
  "Состояние этой выплаты неизвестно: не отменяйте и не повторяйте её у себя; спросите ещё раз позже или уточните в поддержке AliKassa.";

const { visit } = await setUpPage();

const languageOf = (page: Page) => page.evaluate(() => document.documentElement.lang);
const titleOf = (page: Page) => page.locator("#lookup-title").textContent();
/** All static texts of the page, by their names. */
const textsOf = (page: Page): Promise<Record<string, string>> =>
  page
    .locator("[data-text]")
    .evaluateAll((all) => Object.fromEntries(all.map((one) => [one.getAttribute("data-text"), one.textContent])));

describe("the language of the page", () => {
  for (const [locale, language] of [
    ["en-GB", "en"],
    ["ru-RU", "ru"],
    ["ru", "ru"],
    ["de-DE", "en"],
  ] as const) {
    test(`is ${language} in a browser of ${locale}`, () =>
      visit(
        async ({ page }) => {
          assert.equal(await languageOf(page), language);
          assert.equal(await titleOf(page), language === "ru" ? "Узнать состояние выплаты" : "Look up a payout");
          assert.equal(await page.locator("#languages [aria-current]").getAttribute("lang"), language);
        },
        { locale },
      ));
  }

  test("is the one in the URL, if there is one", async () => {
    await visit(async ({ page }) => assert.equal(await languageOf(page), "ru"), {}, "#ru");
    await visit(async ({ page }) => assert.equal(await languageOf(page), "en"), RUSSIAN, "#en");
    await visit(async ({ page }) => assert.equal(await languageOf(page), "ru"), RUSSIAN, "#fr");
    await visit(async ({ page }) => assert.equal(await languageOf(page), "en"), {}, "#constructor");
  });

  test("is switched for the form, the token's note and the result, and stored nowhere", () =>
    visit(async (visit) => {
      const { page } = visit;
      await visit.lookUp("fault-500", { token: TOKEN });
      assert.ok(await page.getByRole("heading", { name: UNKNOWN.en }).isVisible());
      await page.getByRole("link", { name: "Русский" }).click();
      await page.getByRole("heading", { name: UNKNOWN.ru }).waitFor();
      assert.equal(await languageOf(page), "ru");
      assert.equal(await titleOf(page), "Узнать состояние выплаты");
      assert.ok(await page.getByText("Токен в памяти этой страницы, пока вы её не закроете.").isVisible());
      assert.equal(visit.lookUps, 1, "the switch sends nothing");
      assert.deepEqual(await page.context().storageState(), { cookies: [], origins: [] });
      await visit.lookUp("sandbox-wait");
      assert.equal((await visit.shown())["payment_status"], "wait", "the token is still there");
      await page.getByRole("link", { name: "English" }).click();
      await page.getByText("Not final: it may change").waitFor();
      assert.equal(await titleOf(page), "Look up a payout");
    }));

  test("has all static texts", () =>
    visit(async ({ page }) => {
      const english = await textsOf(page);
      await page.getByRole("link", { name: "Русский" }).click();
      await page.getByRole("heading", { name: "Узнать состояние выплаты" }).waitFor();
      const russian = await textsOf(page);
      for (const [name, text] of Object.entries(english)) {
        assert.match(text, /[a-z]/, name);
        assert.match(russian[name] ?? "", /[а-яё]/i, name);
      }
    }));
});

describe("the page in Russian", () => {
  test("shows a payout", () =>
    visit(async (visit) => {
      for (const [payout, meaning, final] of [
        ["6422494", "успешно выплачена", "Окончательное: больше не изменится"],
        ["sandbox-wait", "в процессе выплаты", "Не окончательное: может измениться"],
        ["sandbox-cancel", "отменена", "Окончательное: больше не изменится"],
        ["sandbox-fail", "ошибка", "Окончательное: больше не изменится"],
        [
          "sandbox-refund",
          "Этого состояния нет в документации AliKassa. Оно не окончательное и не означает ошибку",
          "Не окончательное: может измениться",
        ],
      ] as const) {
        await visit.lookUp(payout, { token: TOKEN });
        const panel = visit.page.locator("#result [data-status]");
        for (const text of [meaning, final]) assert.ok(await panel.getByText(text, { exact: true }).isVisible(), text);
        assert.ok(await visit.page.locator("#result").getByText("AliKassa ответила только что").isVisible());
      }
    }, RUSSIAN));

  test("shows an unknown state with the advice in Russian and the problem in English", () =>
    visit(async (visit) => {
      const { page } = visit;
      await visit.lookUp("fault-500", { token: TOKEN });
      assert.ok(await page.getByRole("heading", { name: UNKNOWN.ru }).isVisible());
      assert.ok(await page.locator("#result .unknown").getByText(ADVICE).isVisible());
      assert.equal(await page.locator("#result [data-status]").count(), 0);
      assert.deepEqual(await visit.shown(), {
        Код: "upstream_status",
        "Что не так": "AliKassa answered with HTTP status 500: Sandbox: HTTP 500.",
        "Статус HTTP": "502",
        "Статус HTTP от AliKassa": "500",
        "Сообщение AliKassa": "Sandbox: HTTP 500.",
        "Спросить ещё раз?": "Позже, с растущими паузами",
      });
      assert.equal(await page.locator("#result bdi[lang=en]").count(), 1);
    }, RUSSIAN));

  test("shows an unknown state if there is no answer", () =>
    visit(async (visit) => {
      const { page } = visit;
      await page.route("**/v1/payout/status", (route) => route.abort(), { times: 1 });
      await visit.lookUp("6422494", { token: TOKEN });
      assert.ok(await page.getByRole("heading", { name: UNKNOWN.ru }).isVisible());
      const shown = await visit.shown();
      assert.equal(shown["Код"], "нет ответа");
      assert.equal(shown["Статус HTTP"], "нет");
      // Chromium logs the broken connection.
      assert.match(visit.takeFailures().join(), /net::ERR_FAILED/);
    }, RUSSIAN));

  test("refuses a wrong token", () =>
    visit(async (visit) => {
      await visit.lookUp("6422494", { token: "wrong-token" });
      assert.ok(await visit.page.getByText("Worker не принял этот токен. Токен забыт.").isVisible());
      await visit.page.locator("#token").fill("два слова");
      await visit.page.getByRole("button", { name: "Узнать" }).click();
      assert.equal(
        await visit.page.locator("#token").evaluate((field: HTMLInputElement) => field.validationMessage),
        "Токен состоит только из видимых символов ASCII.",
      );
    }, RUSSIAN));
});
