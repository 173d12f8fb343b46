/** `alikassa-edge/sandbox`, as a user's test has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runModule } from "./installed.ts";

test("startSandbox() is all that a user's test needs", async () => {
  const source = `import { AliKassa, verifyNotification } from "alikassa-edge";
    import { startSandbox } from "alikassa-edge/sandbox";
    await using sandbox = await startSandbox();
    const { baseUrl, account, privateKey, password } = sandbox;
    const alikassa = new AliKassa({ baseUrl, account, privateKey, password });
    sandbox.script("6422494", [{ status: 503 }, "cut", "payout"]);
    const { payment_status } = await alikassa.payoutStatus({ order_id: "6422494" });
    const url = sandbox.notificationUrl("6422494", { to: "https://shop.example/hook" });
    const { order_id } = verifyNotification(url, sandbox.notificationKey);
    console.log(payment_status, sandbox.requests.length, order_id, new URL(baseUrl).hostname, sandbox.payouts.length > 5);`;
  const ended = await runModule(source);
  assert.deepEqual(ended, { status: 0, stdout: "paid 3 6422494 127.0.0.1 true\n", stderr: "" });
});
