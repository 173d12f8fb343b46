/** `status --file`: the files that it reads. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, fileWith, jsonLines, run, useStatus } from "./command.ts";

describe("the list of status --file", { concurrency: 2 }, () => {
  const { sandbox, command, status: ask } = useStatus();
  const ids = ["100000601", "100000602", "100000603"];
  const orderIds = ["sandbox-wait", "sandbox-paid", "sandbox-cancel"];

  const byOrderId = ["--by", "order_id"];

  for (const [name, text, args = []] of [
    ["one id on each line", `${ids.join("\n")}\n`],
    ["no last line break, CRLF, blanks and empty lines", `\r\n ${ids.join(" \r\n\r\n  ")}`],
    ["a byte order mark", `\ufeff${ids.join("\n")}`],
    ["a header", `id\n${ids.join("\n")}\n`],
    ["other columns, quoted", `"Amount","ID"\n${ids.map((id) => `"1,50","${id}"`).join("\n")}`],
    ["semicolons", `id;amount\n${ids.map((id) => `${id};1,50`).join("\n")}`],
    ["tabs", `name\tid\n${ids.map((id) => `x\t${id}`).join("\n")}`],
    ...["order_id", "Order ID", "order-id", "ORDERID"].map(
      (header) => [`order_ids under ${header}`, `${header}\n${orderIds.join("\n")}`] as const,
    ),
    ["order_ids beside another column", `amount;Order Id\n${orderIds.map((id) => `1,50;${id}`).join("\n")}`, byOrderId],
    ["order_ids without a header", orderIds.join("\n"), byOrderId],
    ["both columns, some cells empty", `id,order_id\n${ids[0]},other\n,${orderIds[1]}\n${ids[2]},`],
    ["both columns, one chosen", `id,order_id\n${orderIds.map((id) => `1,${id}`).join("\n")}`, byOrderId],
  ] as readonly (readonly [string, string, string[]?])[]) {
    test(`may have ${name}`, async () => {
      const { status, stdout, stderr } = await ask("--file", fileWith(text), "--json", "--concurrency", "1", ...args);
      assert.equal(status, 0, stderr);
      assert.deepEqual(
        jsonLines(stdout).map(({ id, payment_status }) => [id, payment_status]),
        ids.map((id, at) => [id, ["wait", "paid", "cancel"][at]]),
      );
    });
  }

  test("is read from standard input", async () => {
    const { status, stdout } = await run(command("--file", "-", "--json"), { input: ids.join("\n") });
    assert.deepEqual([status, jsonLines(stdout).length], [0, 3]);
  });

  test("may repeat a payout, which is requested once", async () => {
    const { status, stdout, stderr } = await ask("--file", fileWith(`${ids[0]}\n${ids[1]}\n${ids[0]}\n`), "--json");
    assert.deepEqual([status, jsonLines(stdout).length], [0, 2]);
    assert.match(stderr, /1 lines? repeat/);
  });

  for (const [name, text, pattern, args = []] of [
    ["an empty one", "", /is empty: write one id/],
    ["nothing but blanks", " \n\n", /is empty/],
    ["several columns without a header", "1,2\n3,4\n", /several columns and no header: add a first line/],
    ["another header", "payout_id\n1\n", /line 1: neither an id of AliKassa nor a header with id or order_id: /],
    ["a header in Russian", "\n№ выплаты\n1\n", /line 2: neither an id .*: rename the column, or give --by/],
    ["a header without the wanted column", "order_id\n1\n", /has no column id: leave out --by/, ["--by", "id"]],
    ["a line without an id", "id,name\n1,a\n,b\n", /line 3: no id/],
    ["an id that is too long", `id\n1\n${"9".repeat(129)}\n`, /line 3: the id has more than 128 characters/],
    ["an open quote", 'id\n"1\n2\n', /fix this line; no request was sent/],
    ["a control character in an id", 'id\n1\n"2\n3"\n', /control character/],
    ["text that is not UTF-8", Buffer.from([0xff, 0xfe, 0x31, 0x00]), /is not UTF-8/],
  ] as readonly (readonly [string, string | Uint8Array, RegExp, string[]?])[]) {
    test(`is refused without a request: ${name}`, async () => {
      const before = sandbox().requests.length;
      assertRefused(await ask("--file", fileWith(text), "--json", ...args), pattern);
      // Other tests of this suite send requests for other payouts at the same time.
      const requests = sandbox().requests.slice(before);
      assert.ok(requests.every(({ key }) => key === undefined || !("id" in key) || key.id !== "1"));
    });
  }

  test("is refused if it does not exist", async () => {
    assertRefused(await ask("--file", "none.csv"), /^error: none\.csv, the ids, does not exist: check the path\n$/);
  });
});
