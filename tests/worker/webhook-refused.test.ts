/** The webhook refuses what AliKassa's signature does not cover, before anything else. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOTIFICATION_FIELDS } from "../../dist/sandbox/index.js";
import { assertProblem, WEBHOOK } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";
import { keyOfPhp, newPayout, notificationKey, notify } from "./notifications.ts";

const FORM = "application/x-www-form-urlencoded";

const { sandbox, clients } = await setUp(
  {
    sound: { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem },
    php: { ALIKASSA_NOTIFICATION_KEY: keyOfPhp },
  },
  { notificationArchive: notificationKey },
);
const client = clients.sound;

describe("a notification is refused", () => {
  const refused = (detail: RegExp) => ({ status: 403, code: "invalid_signature", retryable: false, detail });
  const DOES_NOT_VERIFY = refused(/does not verify/);

  for (const field of NOTIFICATION_FIELDS.filter((field) => field !== "type")) {
    test(`with another ${field} and without it`, async () => {
      const { id } = newPayout(sandbox);
      const needed = field === "id" || field === "payment_status";
      const value = field === "id" ? "100000536" : "paid.";
      for (const as of ["query", "json"] as const) {
        assertProblem(
          await notify(sandbox, client, id, { as, form: "card_brand", tamper: { [field]: value } }),
          DOES_NOT_VERIFY,
        );
        const without = needed ? refused(new RegExp(`no "${field}"`)) : DOES_NOT_VERIFY;
        assertProblem(
          await notify(sandbox, client, id, { as, form: "card_brand", tamper: { [field]: null } }),
          without,
        );
      }
      assert.equal(requestsFor(sandbox, id).length, 0);
    });
  }

  test("with another type", async () => {
    const { id } = newPayout(sandbox);
    assertProblem(await notify(sandbox, client, id, { tamper: { type: "payment" } }), DOES_NOT_VERIFY);
    assertProblem(await notify(sandbox, client, id, { type: "payment", tamper: { type: "payout" } }), DOES_NOT_VERIFY);
  });

  test("with another signature and without one", async () => {
    const { id } = newPayout(sandbox);
    const { searchParams } = sandbox.notificationUrl(newPayout(sandbox).id, { to: "http://localhost" });
    for (const [sign, expected] of [
      [searchParams.get("sign"), DOES_NOT_VERIFY],
      [Buffer.alloc(128).toString("base64"), DOES_NOT_VERIFY],
      [Buffer.alloc(128, 255).toString("base64"), DOES_NOT_VERIFY],
      ["QUJD", DOES_NOT_VERIFY],
      ["подпись", refused(/not base64/)],
      ["", refused(/no "sign"/)],
      [null, refused(/no "sign"/)],
    ] as const)
      assertProblem(await notify(sandbox, client, id, { tamper: { sign } }), expected);
  });

  test("signed by another key", async () => {
    assertProblem(await notify(sandbox, clients.php, newPayout(sandbox).id), DOES_NOT_VERIFY);
  });

  test("with a field twice, as an array, and of another type", async () => {
    const { id } = newPayout(sandbox);
    const { search, searchParams } = sandbox.notificationUrl(id, { to: "http://localhost" });
    const twice = (more: string) => client.ask({ path: `${WEBHOOK}${search}&${more}`, token: null });
    assertProblem(await twice("payment_status=fail"), refused(/"payment_status" twice/));
    assertProblem(await twice("amount[]=1"), refused(/PHP reads as "amount"/));
    const fields = Object.fromEntries(searchParams);
    const headers = { "Content-Type": "application/json" };
    const json = (body: unknown) =>
      client.ask({ method: "POST", path: WEBHOOK, headers, body: JSON.stringify(body), token: null });
    assertProblem(await json({ ...fields, amount: [fields["amount"]] }), refused(/"amount" has the wrong type/));
    assert.equal(requestsFor(sandbox, id).length, 0);
  });

  test("without parameters, not UTF-8, not JSON", async () => {
    const post = (type: string, body: string | Uint8Array) =>
      client.ask({ method: "POST", path: WEBHOOK, headers: { "Content-Type": type }, body, token: null });
    for (const path of [WEBHOOK, `${WEBHOOK}?`, `${WEBHOOK}?id=1`])
      assertProblem(await client.ask({ path, token: null }), refused(/no "sign"/));
    assertProblem(await client.askRaw({ path: `${WEBHOOK}?desc=%FF`, token: null }), refused(/not UTF-8/));
    assertProblem(await post(FORM, ""), refused(/no "sign"/));
    assertProblem(await post(FORM, Buffer.from([0x61, 0x3d, 0xff])), refused(/not UTF-8/));
    assertProblem(await post(FORM, "desc=%FF"), refused(/not UTF-8/));
    assertProblem(await post("application/json", ""), refused(/not JSON/));
    assertProblem(await post("application/json", "[]"), refused(/not a JSON object/));
    assertProblem(await post("application/json", "{}"), refused(/no "sign"/));
    assertProblem(await post("application/json", Buffer.from([0x22, 0xff, 0x22])), refused(/not UTF-8/));
  });

  test("in a body of another media type", async () => {
    const detail = /json" or ".*urlencoded"/;
    const expected = { status: 415, code: "unsupported_media_type", retryable: false, detail };
    for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/jsonx", ""])
      assertProblem(
        await client.ask({ method: "POST", path: WEBHOOK, headers: { "Content-Type": type }, body: "{}" }),
        expected,
      );
    assertProblem(await client.askRaw({ method: "POST", path: WEBHOOK }), expected);
  });

  test("in a body over 16 KiB", async () => {
    const body = `desc=${"x".repeat(16_380)}`;
    const expected = { status: 413, code: "payload_too_large", retryable: false };
    for (const type of [FORM, "application/json"]) {
      const headers = { "Content-Type": type };
      assertProblem(await client.ask({ method: "POST", path: WEBHOOK, headers, body }), expected);
    }
    const headers = { "Content-Type": FORM };
    assertProblem(
      await client.ask({ method: "POST", path: WEBHOOK, headers, body: body.slice(1) }),
      refused(/no "sign"/),
    );
  });
});
