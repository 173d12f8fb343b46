/** The page of a Worker without a ledger. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TOKEN } from "../worker/harness.ts";
import { setUpPage } from "./browser.ts";

const { visit } = await setUpPage("/", { LEDGER: undefined });

for (const [locale, code, detail] of [
  ["en-US", "Code", "What was wrong"],
  ["ru-RU", "Код", "Что не так"],
] as const) {
  describe(`the page of a Worker without a ledger: ${locale}`, () => {
    test("looks up a status, and shows nothing else", () =>
      visit(
        async (visit) => {
          const history = visit.page.waitForResponse(/\/v1\/payout\/history/);
          await visit.lookUp("6422494", { token: TOKEN });
          assert.equal((await history).status(), 503);
          await (await history).finished();
          assert.equal((await visit.shown())["payment_status"], "paid");
          assert.equal(await visit.page.locator("#ledger").textContent(), "");
        },
        { locale },
      ));

    test("says why there is no list", () =>
      visit(
        async (visit) => {
          await visit.page.locator("#token").fill(TOKEN);
          await visit.page.locator("#submit").click();
          await visit.page.locator("#result dl").waitFor();
          const shown = await visit.shown();
          assert.equal(shown[code], "not_configured");
          assert.match(shown[detail] ?? "", /LEDGER/);
          assert.equal(await visit.page.locator("#ledger").textContent(), "");
        },
        { locale },
        "#payouts",
      ));
  });
}
