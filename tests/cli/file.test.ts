/** `status --file`: the files that it reads. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connection, fileWith, jsonLines, run, suiteSandbox } from "./command.ts";

describe("the file", { concurrency: 2 }, () => {
  const sandbox = suiteSandbox();
  const ask = async (text: string | Uint8Array, ...args: string[]) => {
    const ended = await run(["status", "--file", fileWith(text), "--json", ...args, ...connection(sandbox())]);
    return { ...ended, lines: jsonLines(ended.stdout) };
  };
  const ids = ["100000601", "100000602", "100000603"];
  const orderIds = ["sandbox-wait", "sandbox-paid", "sandbox-cancel"];

  const forms: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    "one id on each line": [`${ids.join("\n")}\n`, []],
    "without a line break at its end, with CRLF, blanks and empty lines": [`\r\n ${ids.join(" \r\n\r\n  ")}`, []],
    "with a byte order mark": [`\ufeff${ids.join("\n")}`, []],
    "with a header": [`id\n${ids.join("\n")}\n`, []],
    "with other columns, quoted": [`"Amount","ID"\n${ids.map((id) => `"1,50","${id}"`).join("\n")}`, []],
    "with semicolons": [`id;amount\n${ids.map((id) => `${id};1,50`).join("\n")}`, []],
    "with tabs": [`name\tid\n${ids.map((id) => `x\t${id}`).join("\n")}`, []],
    "with order_ids": [`order_id\n${orderIds.join("\n")}`, []],
    ...Object.fromEntries(
      ["order_id", "Order ID", "order-id", "ORDERID"].map((header) => [
        `with order_ids under ${header}`,
        [`${header}\n${orderIds.join("\n")}`, []],
      ]),
    ),
    "with order_ids under another spelling, beside another column": [
      `amount;Order Id\n${orderIds.map((id) => `1,50;${id}`).join("\n")}`,
      ["--by", "order_id"],
    ],
    "with order_ids and no header": [orderIds.join("\n"), ["--by", "order_id"]],
    "with both columns, of which some are empty": [`id,order_id\n${ids[0]},other\n,${orderIds[1]}\n${ids[2]},`, []],
    "with both columns, of which one is chosen": [
      `id,order_id\n${orderIds.map((id) => `1,${id}`).join("\n")}`,
      ["--by", "order_id"],
    ],
  };
  for (const [name, [text, args]] of Object.entries(forms)) {
    test(`is read ${name}`, async () => {
      const { status, lines, stderr } = await ask(text, "--concurrency", "1", ...args);
      assert.equal(status, 0, stderr);
      assert.deepEqual(
        lines.map(({ id, payment_status }) => [id, payment_status]),
        ids.map((id, at) => [id, ["wait", "paid", "cancel"][at]]),
      );
    });
  }

  test("is read from standard input", async () => {
    const { status, stdout } = await run(["status", "--file", "-", "--json", ...connection(sandbox())], {
      input: ids.join("\n"),
    });
    assert.deepEqual([status, jsonLines(stdout).length], [0, 3]);
  });

  test("may repeat a payout, which is requested once", async () => {
    const { status, lines, stderr } = await ask(`${ids[0]}\n${ids[1]}\n${ids[0]}\n`);
    assert.deepEqual([status, lines.length], [0, 2]);
    assert.match(stderr, /1 lines? repeat/);
  });

  const wrong: Readonly<Record<string, readonly [string | Uint8Array, RegExp, string[]?]>> = {
    "is empty": ["", /is empty: write one id/],
    "has nothing but blanks": [" \n\n", /is empty/],
    "has several columns and no header": ["1,2\n3,4\n", /several columns and no header: add a first line/],
    "has a header that names neither": [
      "payout_id\n1\n",
      /line 1: neither an id of AliKassa nor a header with id or order_id: /,
    ],
    "has such a header in another language": [
      "\n№ выплаты\n1\n",
      /line 2: neither an id .*: rename the column, or give --by/,
    ],
    "has another header than the one that is wanted": [
      "order_id\n1\n",
      /has no column id: leave out --by/,
      ["--by", "id"],
    ],
    "has a line without an id": [`id,name\n1,a\n,b\n`, /line 3: no id/],
    "has an id that is too long": [`id\n1\n${"9".repeat(129)}\n`, /line 3: the id has more than 128 characters/],
    "has a quote that never ends": [`id\n"1\n2\n`, /fix this line; no request was sent/],
    "has a control character in an id": [`id\n1\n"2\n3"\n`, /control character/],
    "is not UTF-8": [Buffer.from([0xff, 0xfe, 0x31, 0x00]), /is not UTF-8/],
  };
  for (const [name, [text, pattern, args = []]] of Object.entries(wrong)) {
    test(`that ${name} is refused without a request`, async () => {
      const before = sandbox().requests.length;
      const { status, stdout, stderr } = await ask(text, ...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.match(stderr, pattern);
      // Other tests of this suite ask for what they name, but never for "1".
      const asked = sandbox().requests.slice(before);
      assert.ok(asked.every(({ key }) => key === undefined || !("id" in key) || key.id !== "1"));
    });
  }

  test("that is not there is refused", async () => {
    const { status, stderr } = await run(["status", "--file", "none.csv", ...connection(sandbox())]);
    assert.equal(status, 2);
    assert.match(stderr, /^error: none\.csv, the ids, does not exist: check the path\n$/);
  });
});
