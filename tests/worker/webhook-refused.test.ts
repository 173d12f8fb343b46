/** What the webhook refuses: everything that AliKassa's signature does not cover, before it looks at anything else. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NOTIFICATION_FIELDS, type Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge } from "./edge.ts";
import { newArchive, openSandbox, requestsFor, soundBindings, startWorkers, type Workers } from "./harness.ts";
import { keyOfPhp, newPayout, notificationKey, notify, WEBHOOK } from "./notify.ts";

const FORM = "application/x-www-form-urlencoded";

let sandbox: Sandbox;
let workers: Workers<"sound" | "php">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox, { ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem }),
    php: soundBindings(archive, sandbox, { ALIKASSA_NOTIFICATION_KEY: keyOfPhp }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

describe("a notification is refused", () => {
  const refused = (detail: RegExp) => ({ status: 403, code: "invalid_signature", retryable: false, detail });
  const DOES_NOT_VERIFY = refused(/does not verify/);

  for (const field of NOTIFICATION_FIELDS.filter((field) => field !== "type")) {
    test(`with another ${field}, and without it`, async () => {
      const { id } = newPayout(sandbox);
      const needed = field === "id" || field === "payment_status";
      const value = field === "id" ? "100000536" : "paid.";
      for (const as of ["query", "json"] as const) {
        assertProblem(await notify(sandbox, edge, id, { as, tamper: { [field]: value } }), DOES_NOT_VERIFY);
        const without = needed ? refused(new RegExp(`no "${field}"`)) : DOES_NOT_VERIFY;
        // One that was signed without its commission may lose that.
        assertProblem(await notify(sandbox, edge, id, { as, tamper: { [field]: null } }), without);
      }
      assert.equal(requestsFor(sandbox, id).length, 0);
    });
  }

  test("as another kind of notification", async () => {
    const { id } = newPayout(sandbox);
    assertProblem(await notify(sandbox, edge, id, { tamper: { type: "payment" } }), DOES_NOT_VERIFY);
    assertProblem(await notify(sandbox, edge, id, { type: "payment", tamper: { type: "payout" } }), DOES_NOT_VERIFY);
  });

  test("with another signature, and without one", async () => {
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
      assertProblem(await notify(sandbox, edge, id, { tamper: { sign } }), expected);
  });

  test("that another key signed", async () => {
    assertProblem(await notify(sandbox, workers.edges.php, newPayout(sandbox).id), DOES_NOT_VERIFY);
  });

  test("with a field twice, as an array, and with what is no text", async () => {
    const { id } = newPayout(sandbox);
    const { search, searchParams } = sandbox.notificationUrl(id, { to: "http://localhost" });
    const twice = (more: string) => edge.ask({ path: `${WEBHOOK}${search}&${more}`, token: null });
    assertProblem(await twice("payment_status=fail"), refused(/"payment_status" stands in it twice/));
    assertProblem(await twice("amount[]=1"), refused(/is "amount" to PHP/));
    const fields = Object.fromEntries(searchParams);
    const headers = { "Content-Type": "application/json" };
    const json = (body: unknown) =>
      edge.ask({ method: "POST", path: WEBHOOK, headers, body: JSON.stringify(body), token: null });
    assertProblem(await json({ ...fields, amount: [fields["amount"]] }), refused(/"amount" has the wrong type/));
    assert.equal(requestsFor(sandbox, id).length, 0);
  });

  test("that is none", async () => {
    const post = (type: string, body: string | Uint8Array) =>
      edge.ask({ method: "POST", path: WEBHOOK, headers: { "Content-Type": type }, body, token: null });
    for (const path of [WEBHOOK, `${WEBHOOK}?`, `${WEBHOOK}?id=1`])
      assertProblem(await edge.ask({ path, token: null }), refused(/no "sign"/));
    assertProblem(await edge.askRaw({ path: `${WEBHOOK}?desc=%FF`, token: null }), refused(/not UTF-8/));
    assertProblem(await post(FORM, ""), refused(/no "sign"/));
    assertProblem(await post(FORM, Buffer.from([0x61, 0x3d, 0xff])), refused(/not UTF-8/));
    assertProblem(await post(FORM, "desc=%FF"), refused(/not UTF-8/));
    assertProblem(await post("application/json", ""), refused(/not JSON/));
    assertProblem(await post("application/json", "[]"), refused(/not a JSON object/));
    assertProblem(await post("application/json", "{}"), refused(/no "sign"/));
    assertProblem(await post("application/json", Buffer.from([0x22, 0xff, 0x22])), refused(/not UTF-8/));
  });

  test("in a body of another type", async () => {
    const expected = {
      status: 415,
      code: "unsupported_media_type",
      retryable: false,
      detail: /json" or ".*urlencoded"/,
    };
    for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/jsonx", ""])
      assertProblem(
        await edge.ask({ method: "POST", path: WEBHOOK, headers: { "Content-Type": type }, body: "{}" }),
        expected,
      );
    assertProblem(await edge.askRaw({ method: "POST", path: WEBHOOK }), expected);
  });

  test("in a body over 16 KiB", async () => {
    const body = `desc=${"x".repeat(16_380)}`;
    const expected = { status: 413, code: "payload_too_large", retryable: false };
    for (const type of [FORM, "application/json"]) {
      const headers = { "Content-Type": type };
      assertProblem(await edge.ask({ method: "POST", path: WEBHOOK, headers, body }), expected);
    }
    const headers = { "Content-Type": FORM };
    assertProblem(
      await edge.ask({ method: "POST", path: WEBHOOK, headers, body: body.slice(1) }),
      refused(/no "sign"/),
    );
  });

  test("by another method", async () => {
    for (const method of ["PUT", "DELETE", "OPTIONS"]) {
      const answer = await edge.ask({ method, path: WEBHOOK });
      assertProblem(answer, { status: 405, code: "method_not_allowed", retryable: false });
      assert.equal(answer.headers.get("Allow"), "GET, HEAD, POST");
    }
  });
});
