/** Looking up a payout on the page: what the page shows, and where the token goes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Route } from "playwright-core";
import { SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { SPECIFIED_PAYOUT } from "../fixtures/payouts.ts";
import { ACCOUNT, SECOND_ACCOUNT, TOKEN } from "../worker/harness.ts";
import { setUpPage, type Visit } from "./browser.ts";

const UNKNOWN = "State unknown: do not cancel or repeat this payout";
const ADVICE =
  "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.";

const { sandbox, url, visit } = await setUpPage("/", {
  ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}`,
});

/** Fails unless the page shows the state as unknown and nothing that looks like a status. */
async function assertUnknown({ page }: Visit): Promise<void> {
  assert.ok(await page.getByRole("heading", { name: UNKNOWN }).isVisible());
  assert.ok(await page.locator("#result").getByText(ADVICE).first().isVisible());
  assert.equal(await page.locator("#result [data-status]").count(), 0);
  const panel = page.locator("#result > :not(:has(pre)), #result .unknown > :not(details)");
  assert.doesNotMatch((await panel.allTextContents()).join("\n"), /payment_status|final/i);
}

describe("a payout on the page", () => {
  test("is shown as final, with AliKassa's names and digits", () =>
    visit(async (visit) => {
      await visit.lookUp("100000536", { token: TOKEN, by: "id" });
      assert.deepEqual(await visit.shown(), { ...SPECIFIED_PAYOUT, is_partial_payment: "false", is_final: "true" });
      const result = visit.page.locator("#result");
      assert.equal(await result.locator("[data-status=paid] strong").textContent(), "paid");
      for (const text of [
        "successfully paid",
        "Final: it will not change",
        "AliKassa was asked just now",
        "id 100000536",
      ]) {
        assert.ok(await result.getByText(text).first().isVisible(), text);
      }
      assert.equal(await visit.page.getByRole("heading", { name: UNKNOWN }).count(), 0);
    }));

  test("is shown with each status", () =>
    visit(async (visit) => {
      for (const { about, order_id = "" } of SANDBOX_PAYOUTS) {
        await visit.lookUp(order_id, { token: TOKEN });
        const { payment_status: status = "", is_final: final = "" } = await visit.shown();
        const panel = visit.page.locator("#result [data-status]");
        assert.equal(await panel.locator("strong").textContent(), status, about);
        const kind = ["wait", "paid", "cancel", "fail"].includes(status) ? status : "other";
        assert.equal(await panel.getAttribute("data-status"), kind, about);
        const word = final === "true" ? "Final: it will not change" : "Not final: it may change";
        assert.ok(await panel.getByText(word).isVisible(), about);
      }
    }));

  test("is shown with undocumented fields, their digits and the answer as received", () =>
    visit(async (visit) => {
      await visit.lookUp("sandbox-new-fields", { token: TOKEN });
      const shown = await visit.shown();
      assert.equal(shown["fee_rate"], "0.0300");
      assert.equal(shown["customer"], '{"name":"Иван","limits":[{"day":150000.00},{"month":null}]}');
      await visit.page.getByText("The answer as received").click();
      assert.match(
        (await visit.page.locator("#result pre").textContent()) ?? "",
        /"name":"\\u0418\\u0432\\u0430\\u043d"/,
      );
    }));

  test("is looked up for another account and without the ledger", () =>
    visit(async (visit) => {
      await visit.page.getByText("More", { exact: true }).click();
      await visit.page.getByLabel("Account, if not").fill(SECOND_ACCOUNT);
      await visit.page.getByLabel("Ask AliKassa even if").check();
      await visit.lookUp("6422494", { token: TOKEN });
      assert.equal((await visit.shown())["payment_status"], "paid");
      assert.equal(sandbox.requests.at(-1)?.headers["account"], SECOND_ACCOUNT);
      await visit.untilLedgerIsShown();
      const asked = visit.requests.filter(({ url }) => url.includes("/v1/"));
      assert.deepEqual(
        asked.map(({ headers }) => [headers["account"], headers["cache-control"]]),
        [
          [SECOND_ACCOUNT, "no-cache"],
          [SECOND_ACCOUNT, undefined],
        ],
      );
    }));
});

describe("the source of a status", () => {
  test("is shown: AliKassa, the ledger, or AliKassa and not the ledger", () =>
    visit(async (visit) => {
      const { page } = visit;
      const isShown = (text: string) => page.locator("#result").getByText(text, { exact: true }).isVisible();
      sandbox.addPayout('{"payment_status":"cancel","order_id":"kept"}');
      await visit.lookUp("kept", { token: TOKEN });
      assert.ok(await isShown("AliKassa was asked just now"));
      // The Worker records it after the answer.
      const hit = "From the ledger: AliKassa reported this final status before";
      for (let left = 100; !(await isShown(hit)); left -= 1) {
        assert.ok(left > 0);
        await visit.lookUp("kept");
      }
      assert.equal((await visit.shown())["payment_status"], "cancel");
      await page.getByText("More", { exact: true }).click();
      await page.getByLabel("Ask AliKassa even if").check();
      await visit.lookUp("kept");
      assert.ok(await isShown("AliKassa was asked just now, not the ledger"));
    }));
});

describe("an unknown state", () => {
  test("is shown with code, reason and advice if AliKassa fails", () =>
    visit(async (visit) => {
      await visit.lookUp("fault-500", { token: TOKEN });
      await assertUnknown(visit);
      assert.deepEqual(await visit.shown(), {
        Code: "upstream_status",
        "What was wrong": "AliKassa answered with HTTP status 500: Sandbox: HTTP 500.",
        "HTTP status": "502",
        "AliKassa's HTTP status": "500",
        "AliKassa's message": "Sandbox: HTTP 500.",
        "Ask again?": "Later, with growing pauses",
      });
    }));

  test("is shown with AliKassa's errors if it refuses the request", () =>
    visit(async (visit) => {
      await visit.lookUp("unlisted", { token: TOKEN });
      await assertUnknown(visit);
      const shown = await visit.shown();
      assert.equal(shown["AliKassa's errors"], '{"order_id":["The selected order_id is invalid."]}');
      assert.equal(shown["Ask again?"], "Not before the cause is corrected");
    }));

  test("is shown if the token is wrong, and the token is forgotten", () =>
    visit(async (visit) => {
      await visit.lookUp("6422494", { token: "wrong-token" });
      await assertUnknown(visit);
      assert.equal((await visit.shown())["Code"], "unauthorized");
      assert.equal(await visit.page.evaluate(() => document.activeElement?.id), "token");
      assert.ok(await visit.page.getByText("The Worker refused this token. It is forgotten.").isVisible());
      await visit.lookUp("6422494", { token: TOKEN });
      assert.equal((await visit.shown())["payment_status"], "paid");
    }));

  test("is shown if the answer is missing, is not the Worker's or is another payout", () =>
    visit(async (visit) => {
      const failed = { payment_status: "fail", order_id: "6422494", is_final: true };
      const answers = {
        "no answer": undefined,
        HTML: { contentType: "text/html", body: "<h1>fail</h1>" },
        "another payout": { json: { ...failed, order_id: "2" } },
        "no status": { json: { order_id: "6422494", is_final: true } },
        "another HTTP status": { status: 203, json: failed },
        "a failure that is no problem document": { status: 500, json: failed },
        null: { body: "null" },
      };
      for (const [what, answer] of Object.entries<Parameters<Route["fulfill"]>[0]>(answers)) {
        await visit.page.route("**/v1/payout/status", (route) => (answer ? route.fulfill(answer) : route.abort()), {
          times: 1,
        });
        await visit.lookUp("6422494", { token: TOKEN });
        await assertUnknown(visit);
        assert.doesNotMatch(JSON.stringify(await visit.shown()), /fail/, what);
      }
      // Chromium logs the broken connection.
      assert.match(visit.takeFailures().join(), /^error: Failed to load resource: net::ERR_FAILED$/);
    }));

  test("is not replaced by the result of an earlier look-up", () =>
    visit(async (visit) => {
      sandbox.script("slow", [{ delayMs: 600 }]);
      await visit.lookUp("sandbox-fail", { token: TOKEN });
      await visit.page.getByLabel("Its id").fill("slow");
      await visit.page.getByRole("button", { name: "Look up" }).click();
      await visit.page.getByText("Looking up").waitFor();
      assert.equal(await visit.page.locator("#result [data-status]").count(), 0, "the previous result is gone");
      await visit.lookUp("fault-500");
      await assertUnknown(visit);
      await visit.page.waitForTimeout(700);
      await assertUnknown(visit);
      assert.ok(await visit.page.getByRole("heading", { name: "order_id fault-500" }).isVisible());
    }));
});

describe("the token", () => {
  test("is in memory only: not in the URL, a storage, the history, a cookie or a field", () =>
    visit(async (visit) => {
      const { page } = visit;
      await visit.lookUp("6422494", { token: TOKEN });
      await visit.lookUp("sandbox-wait");
      assert.equal((await visit.shown())["payment_status"], "wait", "the token is still held");
      const places = await page.evaluate(async () => ({
        address: location.href,
        history: JSON.stringify(history.state),
        entries: JSON.stringify(performance.getEntries()),
        local: JSON.stringify({ ...localStorage }),
        session: JSON.stringify({ ...sessionStorage }),
        cookies: document.cookie,
        databases: JSON.stringify(await indexedDB.databases()),
        markup: document.documentElement.outerHTML,
        fields: JSON.stringify([...document.querySelectorAll("input")].map(({ value }) => value)),
        title: document.title,
        window: window.name,
      }));
      for (const [place, text] of Object.entries(places)) assert.ok(!text.includes(TOKEN), place);
      assert.equal(places.address, url.href);
      assert.deepEqual([places.local, places.session, places.cookies, places.databases], ["{}", "{}", "", "[]"]);
      assert.deepEqual(await page.context().storageState(), { cookies: [], origins: [] });
      assert.equal(await page.evaluate(() => history.length), 2, "about:blank and the page");

      await visit.untilLedgerIsShown();
      const carriers = visit.requests.filter((request) => JSON.stringify(request).includes(TOKEN));
      const asked = carriers.map(({ method, url: asked }) => `${method} ${asked.slice(url.origin.length)}`);
      assert.deepEqual(
        new Set(asked),
        new Set([
          "POST /v1/payout/status",
          "GET /v1/payout/history?order_id=6422494",
          "GET /v1/payout/history?order_id=sandbox-wait",
        ]),
      );
      for (const { headers } of carriers) {
        const { authorization, ...others } = headers;
        assert.equal(authorization, `Bearer ${TOKEN}`);
        assert.ok(!JSON.stringify(others).includes(TOKEN));
      }
    }));

  test("is typed into a password field without autocomplete", () =>
    visit(async ({ page }) => {
      const field = page.getByLabel("Token");
      assert.equal(await field.getAttribute("type"), "password");
      assert.equal(await field.getAttribute("autocomplete"), "off");
      assert.equal(await page.locator("form [name]").count(), 0, "a field with a name could get into a URL");
    }));

  test("is forgotten on demand and when the page is left", () =>
    visit(async (visit) => {
      const { page } = visit;
      await visit.lookUp("6422494", { token: TOKEN });
      await page.getByRole("button", { name: "Forget the token" }).click();
      assert.equal(await page.getByRole("button", { name: "Forget the token" }).count(), 0);
      await page.getByRole("button", { name: "Look up" }).click();
      assert.ok(await page.getByLabel("Token").evaluate((field: HTMLInputElement) => !field.validity.valid));

      await visit.lookUp("6422494", { token: TOKEN });
      await page.goto(new URL("/openapi.json", url).href);
      await page.goBack();
      await page.getByLabel("Token").waitFor();
      assert.equal(await page.locator("#result").textContent(), "");
      assert.equal(await page.getByRole("button", { name: "Forget the token" }).count(), 0);
      const sent = visit.lookUps;
      await page.getByLabel("Its id").fill("6422494");
      await page.getByRole("button", { name: "Look up" }).click();
      assert.equal(visit.lookUps, sent, "nothing is sent without a token");
    }));

  test("is refused before anything is sent if a header can't carry it", () =>
    visit(async (visit) => {
      for (const token of ["токен", "two words", "line\u2028break"]) {
        await visit.page.getByLabel("Token").fill(token);
        await visit.page.getByLabel("Its id").fill("6422494");
        await visit.page.getByRole("button", { name: "Look up" }).click();
        assert.equal(
          await visit.page.getByLabel("Token").evaluate((field: HTMLInputElement) => field.validationMessage),
          "A token has visible ASCII characters only.",
        );
      }
      assert.equal(visit.lookUps, 0);
    }));
});

describe("text from outside", () => {
  const MARKUP = '<img src="/x" onerror="hacked()"><script>hacked()</script><a href="javascript:hacked()">x</a>';

  test("is shown as text in fields, names, statuses and ids", () =>
    visit(async (visit) => {
      const order_id = `${MARKUP}\u202e"'&amp;`;
      const fields = {
        payment_status: MARKUP,
        order_id,
        [MARKUP]: MARKUP,
        nested: { a: [MARKUP] },
        __proto__x: MARKUP,
      };
      sandbox.addPayout(JSON.stringify({ ...fields, amount: MARKUP }));
      await visit.lookUp(order_id, { token: TOKEN });
      const shown = await visit.shown();
      assert.equal(shown["payment_status"], MARKUP);
      assert.equal(shown["amount"], MARKUP);
      assert.equal(shown["order_id"], order_id);
      assert.equal(shown[MARKUP], MARKUP);
      assert.equal(shown["nested"], JSON.stringify({ a: [MARKUP] }));
      assert.equal(await visit.page.locator("#result :is(img, script, a, iframe)").count(), 0);
    }));

  test("is shown as text in AliKassa's message and errors", () =>
    visit(async (visit) => {
      const body = JSON.stringify({ message: MARKUP, errors: { [MARKUP]: [MARKUP] } });
      sandbox.script("spoken", [{ status: 400, body }]);
      await visit.lookUp("spoken", { token: TOKEN });
      await assertUnknown(visit);
      assert.equal((await visit.shown())["AliKassa's message"], MARKUP);
      assert.equal(await visit.page.locator("#result :is(img, script, a, iframe)").count(), 0);
    }));
});
