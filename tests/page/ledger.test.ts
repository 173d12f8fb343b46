/** The ledger on the page: the timeline of a payout, following it, and the lists of open and overdue payouts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { jsonOf, type WorkerClient } from "../worker/client.ts";
import { TOKEN, until } from "../worker/harness.ts";
import { newPayout, notificationKey, notify, type PayoutNames, setPayout } from "../worker/notifications.ts";
import { newSecret, WebhookReceiver } from "../worker/webhook-receiver.ts";
import { PHONE, setUpPage, type Visit, violations } from "./browser.ts";

/** The page in each language. The browser is in another time zone than UTC, and axe may run. */
const LANGUAGES: readonly (readonly ["en" | "ru", BrowserContextOptions])[] = [
  ["en", { locale: "en-GB", timezoneId: "Asia/Vladivostok", bypassCSP: true }],
  ["ru", { locale: "ru-RU", timezoneId: "Asia/Vladivostok", bypassCSP: true, colorScheme: "dark" }],
];

const secret = newSecret();
const merchant = await WebhookReceiver.start(secret);
const { client, sandbox, visit, url } = await setUpPage(
  "/",
  {
    ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
    FORWARD_URL: merchant.url,
    FORWARD_SECRET: secret,
  },
  { notificationArchive: notificationKey },
);

const follow = (body: unknown, to: WorkerClient = client) => to.post(body, { path: "/v1/payout/follow" });

interface Timeline {
  readonly next_read_at?: string;
  readonly timeline: readonly { readonly timestamp: string; readonly delivery?: { readonly state: string } }[];
}

const historyOf = async (query: string) => jsonOf<Timeline>(await client.ask({ path: `/v1/payout/history?${query}` }));

const untilDelivered = ({ id }: PayoutNames, events: number) =>
  until("the events are delivered", async () => {
    const history = await historyOf(`id=${id}`);
    const deliveries = history.timeline.filter(({ delivery }) => delivery?.state === "delivered");
    return deliveries.length === events && history;
  });

/** Follows a payout that AliKassa does not know, until it is overdue. */
async function followUntilOverdue(order_id: string): Promise<void> {
  await follow({ order_id, until: new Date(Date.now() + 1_000).toISOString() });
  await until("it is overdue", async () => {
    const page = jsonOf<{ payouts: { order_id: string }[] }>(await client.ask({ path: "/v1/payouts?state=overdue" }));
    return page.payouts.some((payout) => payout.order_id === order_id);
  });
}

/** The timeline on the page, without its times. */
const entriesOf = ({ page }: Visit) =>
  page
    .locator("#ledger ol > li > div")
    .evaluateAll((entries) =>
      entries.map((entry) =>
        [...entry.childNodes].map((node) => (node.nodeName === "TIME" ? "TIME" : node.textContent)).join(""),
      ),
    );

const linksOf = ({ page }: Visit, state: string) => page.locator(`#ledger [data-state=${state}] a`);

const TEXTS = {
  en: {
    ended: { State: "final", Followed: "no" },
    timeline: [
      /^Followed until TIME$/,
      /^AliKassa answered: wait \(in the process of payment\)$/,
      /^Event \d+, payout\.wait: delivered, HTTP 204, TIME$/,
      /^AliKassa notified: paid \(successfully paid\)$/,
      /^AliKassa answered: paid \(successfully paid\)$/,
      /^Event \d+, payout\.paid: delivered, HTTP 204, TIME$/,
    ],
    unknown: "unknown",
    names: {
      status: "Last status",
      state: "State",
      followed: "Followed",
      overdue: "Overdue since",
      next: "Next reading",
    },
    overdue: "overdue",
    advice: /unknown or still waiting, not failed/,
    absent: "The ledger does not have this payout. This says nothing about its state at AliKassa.",
    follow: "Follow until it is final",
    until: /^until /,
    payouts: "Open and overdue payouts",
    list: "List",
    lists: ["Overdue", "Open"],
    more: "Show more open payouts",
  },
  ru: {
    ended: { Положение: "завершена", Отслеживается: "нет" },
    timeline: [
      /^Отслеживается до TIME$/,
      /^AliKassa ответила: wait \(в процессе выплаты\)$/,
      /^Событие \d+, payout\.wait: доставлено, HTTP 204, TIME$/,
      /^AliKassa уведомила: paid \(успешно выплачена\)$/,
      /^AliKassa ответила: paid \(успешно выплачена\)$/,
      /^Событие \d+, payout\.paid: доставлено, HTTP 204, TIME$/,
    ],
    unknown: "неизвестно",
    names: {
      status: "Последнее состояние",
      state: "Положение",
      followed: "Отслеживается",
      overdue: "Просрочена с",
      next: "Следующий запрос",
    },
    overdue: "просрочена",
    advice: /неизвестна или ещё в процессе/,
    absent: "В журнале выплат этой выплаты нет. О её состоянии в AliKassa это ничего не говорит.",
    follow: "Следить до окончательного состояния",
    until: /^до /,
    payouts: "Незавершённые и просроченные выплаты",
    list: "Показать",
    lists: ["Просроченные", "Незавершённые"],
    more: "Показать ещё незавершённые",
  },
} as const;

for (const [language, options] of LANGUAGES) {
  const texts = TEXTS[language];

  describe(`a payout in the ledger: ${language}`, () => {
    test("is shown with its timeline if it was followed and has ended", async () => {
      const payout = newPayout(sandbox, "wait");
      await follow({ id: payout.id });
      await untilDelivered(payout, 1);
      setPayout(sandbox, "paid", payout);
      await notify(sandbox, client, payout.id);
      const { timeline } = await untilDelivered(payout, 2);
      await visit(async (visit) => {
        const { page } = visit;
        await visit.lookUp(payout.id, { token: TOKEN, by: "id" });
        await visit.untilLedgerIsShown();
        const shown = await visit.shown("#ledger");
        for (const [name, value] of Object.entries(texts.ended)) assert.equal(shown[name], value);
        assert.match(shown[texts.names.status] ?? "", /^paid \(/);
        const entries = await entriesOf(visit);
        assert.equal(entries.length, texts.timeline.length, entries.join("\n"));
        for (const [index, expected] of texts.timeline.entries()) assert.match(entries[index] ?? "", expected);
        assert.equal(await page.locator("#ledger button").count(), 0, "a final payout is not followed");

        const times = page.locator("#ledger li > time");
        const shownTimes = await times.evaluateAll((all) =>
          all.map((one) => [one.textContent, one.getAttribute("title")]),
        );
        const local = new Intl.DateTimeFormat(options.locale, {
          dateStyle: "medium",
          timeStyle: "medium",
          timeZone: options.timezoneId ?? "",
        });
        const expected = timeline.map(({ timestamp }) => [local.format(new Date(timestamp)), timestamp]);
        assert.deepEqual(shownTimes, expected);
        assert.deepEqual(await violations(page, "html"), []);
      }, options);
    });

    test("is shown as unknown and overdue, never as failed, if AliKassa does not know it", async () => {
      const order_id = `overdue ${language}`;
      await followUntilOverdue(order_id);
      await visit(async (visit) => {
        await visit.lookUp(order_id, { token: TOKEN });
        await visit.untilLedgerIsShown();
        const shown = await visit.shown("#ledger");
        assert.equal(shown[texts.names.status], texts.unknown);
        assert.equal(shown[texts.names.state], texts.overdue);
        for (const name of [texts.names.overdue, texts.names.next]) assert.match(shown[name] ?? "", /2\d{3}/, name);
        assert.match(shown[texts.names.followed] ?? "", texts.until);
        const ledger = visit.page.locator("#ledger");
        assert.ok(await ledger.getByText(texts.advice).isVisible());
        assert.doesNotMatch((await ledger.textContent()) ?? "", /error|ошибка|canceled|отменена/);
        assert.equal(await visit.page.locator("[data-status]").count(), 0);
        assert.deepEqual(await violations(visit.page, "html"), []);
      }, options);
    });

    test("is followed on demand, by keyboard", async () => {
      const order_id = `not created yet ${language}`;
      await visit(async (visit) => {
        const { page } = visit;
        await visit.lookUp(order_id, { token: TOKEN });
        await page.getByText(texts.absent).waitFor();
        await page.getByRole("button", { name: texts.follow }).press("Enter");
        await page.locator("#ledger ol").waitFor();
        assert.equal(await page.evaluate(() => document.activeElement?.id), "ledger");
        const shown = await visit.shown("#ledger");
        assert.match(shown[texts.names.followed] ?? "", texts.until);
        assert.equal(shown[texts.names.status], texts.unknown);
        assert.equal(await page.locator("#ledger button").count(), 0);
        assert.equal(await page.locator("#result .unknown").count(), 1, "the look-up is not disturbed");
      }, options);
    });
  });

  describe(`the list of payouts: ${language}`, () => {
    test("has the overdue ones first, pages, and links to look-ups", async () => {
      const late = `late ${language}`;
      await followUntilOverdue(late);
      const ids = Array.from({ length: 25 }, (_, index) => `${language} & ${index}`);
      for (const order_id of ids) await follow({ order_id });
      const newest = ids.toReversed().map((id) => `order_id ${id}`);
      await visit(async (visit) => {
        const { page } = visit;
        await page.getByRole("link", { name: texts.payouts }).click();
        await page.locator("#token").fill(TOKEN);
        await page.getByRole("button", { name: texts.list, exact: true }).click();
        await visit.untilLedgerIsShown();
        assert.deepEqual(await page.locator("#ledger h3").allTextContents(), texts.lists);
        assert.equal(await linksOf(visit, "overdue").first().textContent(), `order_id ${late}`);
        assert.deepEqual(await linksOf(visit, "open").allTextContents(), newest.slice(0, 20));
        const [first] = await page.locator("#ledger [data-state=overdue] dd").allTextContents();
        assert.equal(first, texts.unknown);
        assert.deepEqual(await violations(page, "html"), []);

        await page.getByRole("button", { name: texts.more }).press("Enter");
        await linksOf(visit, "open").nth(20).waitFor();
        assert.deepEqual((await linksOf(visit, "open").allTextContents()).slice(0, 25), newest);
        assert.equal(await page.evaluate(() => document.activeElement?.textContent), newest[20], "the focus goes on");

        await linksOf(visit, "overdue").first().press("Enter");
        await page.locator("#result .unknown").waitFor();
        await page.locator("#ledger ol").waitFor();
        assert.equal(await page.locator("#result h3").textContent(), `order_id ${late}`);
        assert.equal(await page.locator("#value").inputValue(), late);
        assert.equal(await page.evaluate(() => document.activeElement?.id), "result");
        await page.goBack();
        await linksOf(visit, "open").first().waitFor();
        assert.equal(await page.locator("#result .unknown").count(), 0);
        assert.ok(!visit.requests.some(({ url }) => url.includes(TOKEN)));
      }, options);
    });

    test("fits a phone", async () => {
      await followUntilOverdue("9".repeat(128));
      await visit(
        async (visit) => {
          const { page } = visit;
          const width = () => page.evaluate(() => document.documentElement.scrollWidth);
          await page.locator("#token").fill(TOKEN);
          await page.locator("#submit").click();
          await visit.untilLedgerIsShown();
          assert.equal(await width(), 320);
          await linksOf(visit, "overdue").first().click();
          await page.locator("#ledger ol").waitFor();
          assert.equal(await width(), 320);
          assert.deepEqual(await violations(page, "html"), []);
        },
        { ...PHONE, locale: options.locale ?? "", bypassCSP: true },
        "#payouts",
      );
    });
  });
}

describe("an address with a payout", () => {
  test("fills in the form, and keeps the language and the result", () =>
    visit(
      async (visit) => {
        const { page } = visit;
        assert.equal(await page.locator("#value").inputValue(), "a/b & c");
        assert.equal(visit.lookUps, 0, "there is no token yet");
        await page.locator("#token").fill(TOKEN);
        await page.locator("#submit").click();
        await page.locator("#result h3").waitFor();
        await page.getByRole("link", { name: "English" }).click();
        await page.getByRole("heading", { name: "State unknown" }).waitFor();
        assert.equal(visit.lookUps, 1, "the switch of the language sends nothing");
        assert.equal(new URL(page.url()).hash, "#en&order_id=a%2Fb%20%26%20c");
        await page.getByRole("link", { name: "Open and overdue payouts" }).click();
        assert.equal(new URL(page.url()).hash, "#en&payouts");
      },
      {},
      "#ru&order_id=a%2Fb+%26+c",
    ));
});

describe("a forgotten token", () => {
  test("is not sent again to follow a payout", () =>
    visit(async (visit) => {
      const { page } = visit;
      await visit.lookUp("forgotten", { token: TOKEN });
      await visit.untilLedgerIsShown();
      await page.getByRole("button", { name: "Forget the token" }).click();
      await page.getByRole("button", { name: "Follow until it is final" }).click();
      assert.equal(visit.lookUps, 1);
      assert.equal(await page.evaluate(() => document.activeElement?.id), "token");
      await page.locator("#token").fill(TOKEN);
      await page.getByRole("button", { name: "Follow until it is final" }).click();
      await page.locator("#ledger ol").waitFor();
    }));
});

describe("an answer that is not the expected one", () => {
  const answers = {
    "no answer": undefined,
    HTML: { contentType: "text/html", body: "<h1>fail</h1>" },
    "another payout": { json: { id: "2", state: "final", payout: { payment_status: "fail" }, timeline: [] } },
    "a problem": { status: 503, json: { code: "ledger_unavailable", detail: "The ledger did not answer." } },
  };
  for (const [what, answer] of Object.entries(answers))
    test(`does not disturb the look-up of a status: ${what}`, async () => {
      const { id } = newPayout(sandbox, "paid");
      await visit(async (visit) => {
        await visit.page.route("**/v1/payout/history?*", (route) => (answer ? route.fulfill(answer) : route.abort()));
        await visit.lookUp(id, { token: TOKEN, by: "id" });
        await visit.page.getByText("This says nothing about a payout").waitFor();
        assert.equal(await visit.page.locator("#result [data-status=paid]").count(), 1);
        assert.doesNotMatch((await visit.page.locator("#ledger").textContent()) ?? "", /final|fail/);
        visit.takeFailures();
      });
    });

  test("of a list shows no list, and a wrong token is forgotten", () =>
    visit(
      async (visit) => {
        const { page } = visit;
        await page.locator("#token").fill("wrong-token");
        await page.locator("#submit").click();
        await page.getByText("The Worker refused this token. It is forgotten.").waitFor();
        assert.equal((await visit.shown())["Code"], "unauthorized");
        assert.equal(await page.locator("#ledger").textContent(), "");
      },
      {},
      "#payouts",
    ));
});

describe("text from outside in the ledger", () => {
  test("is shown as text", async () => {
    const order_id = '<img src="/x" onerror="hacked()">\u202e';
    await follow({ order_id });
    await visit(
      async (visit) => {
        await visit.page.locator("#token").fill(TOKEN);
        await visit.page.locator("#submit").click();
        await visit.untilLedgerIsShown();
        assert.equal(await linksOf(visit, "open").first().textContent(), `order_id ${order_id}`);
        assert.equal(await visit.page.locator("#ledger img").count(), 0);
        assert.equal(new URL(visit.page.url()).origin, url.origin);
      },
      {},
      "#payouts",
    );
  });
});
