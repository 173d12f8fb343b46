/** `verifyNotification`: notifications that Node's own crypto signed as AliKassa does, and PHP's of the vectors. */
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { SignatureError } from "../../dist/index.js";
import { type NotificationDelivery, SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { main } from "./installed.ts";
import {
  ACCOUNT,
  archive,
  assertTellsNothing,
  refusalOf,
  suiteSandbox,
  thrownBy,
  vectorFile,
  vectors,
} from "./support.ts";

type Parameters = Readonly<Record<string, string>>;

const SAMPLE: Parameters = {
  type: "payout",
  id: "100000536",
  order_id: "6422494",
  payment_status: "paid",
  amount: "300.00",
  payment_amount: "300.00",
  commission_amount: "10",
  is_partial_payment: "0",
  account: "93d5df06-996c-48c3-9847-348d6b580b80",
  service: "payment_card_rub",
  desc: "Выплата/1 «Ёлка» 🔑",
};
const NAMES = Object.keys(SAMPLE);
const SHOWN: Readonly<Record<string, string | boolean>> = { ...SAMPLE, is_partial_payment: false };

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = keys.publicKey.export({ type: "spki", format: "pem" }).toString();

/** PHP's `json_encode` of a string or null. */
function php(value: string | null): string {
  const json = JSON.stringify(value).replaceAll("/", "\\/");
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The parameters with AliKassa's signature. */
function signed(
  parameters: Parameters,
  digest = "SHA1",
  without?: string,
  key: KeyObject = keys.privateKey,
): Parameters {
  const fields = NAMES.filter((name) => name !== without).map((name) => {
    const value = parameters[name] ?? null;
    return `${php(name)}:${name === "id" ? value : php(value)}`;
  });
  const sign = createSign(digest)
    .update(`{${fields.join(",")}}`)
    .sign(key, "base64");
  return { ...parameters, sign };
}

const query = (parameters: Parameters): string => new URLSearchParams(parameters).toString();

/** The `SignatureError` that `call` ends with. */
async function refused(call: () => unknown): Promise<SignatureError> {
  const error = await thrownBy(call);
  assert.ok(error instanceof main.SignatureError, inspect(error));
  assert.ok(error instanceof main.AliKassaError);
  assert.deepEqual([error.name, error.code], ["SignatureError", "invalid_signature"]);
  assert.equal("payment_status" in error, false);
  return error;
}

describe("a notification", () => {
  for (const digest of ["SHA1", "SHA256"]) {
    test(`verifies and shows what was signed, in AliKassa's order: ${digest}`, () => {
      const notification = main.verifyNotification(
        `https://shop.example/hook?${query(signed(SAMPLE, digest))}`,
        publicPem,
      );
      assert.deepEqual(notification, SHOWN);
      assert.deepEqual(Object.keys(notification), NAMES);
    });

    test(`verifies without commission_amount, which is not shown then: ${digest}`, () => {
      const { commission_amount: _, ...rest } = SAMPLE;
      const { commission_amount: __, ...shown } = SHOWN;
      const notSigned = signed(SAMPLE, digest, "commission_amount");
      for (const parameters of [notSigned, signed(rest, digest, "commission_amount"), signed(rest, digest)]) {
        assert.deepEqual(main.verifyNotification(query(parameters), publicPem), shown);
      }
    });
  }

  const parameters = signed(SAMPLE);
  const text = query(parameters);
  const form = new FormData();
  for (const [name, value] of Object.entries(parameters)) form.append(name, value);
  const inputs: Readonly<Record<string, string | object>> = {
    "an absolute URL": `https://shop.example/hook?${text}`,
    "an absolute URL with a fragment": `https://shop.example/a=b?${text}#a?b=c`,
    "a URL as Node's http has it": `/hook?${text}`,
    "a URL without a path": `?${text}`,
    "a URL without a scheme": `shop.example/hook?${text}`,
    "a bare query string": text,
    "a bare query string with a question mark in it": `${text}&note=why?&a=b`,
    "a URL object": new URL(`https://shop.example/hook?${text}`),
    URLSearchParams: new URLSearchParams(text),
    FormData: form,
    "a Map": new Map(Object.entries(parameters)),
    "an array of pairs": Object.entries(parameters),
    "an object": parameters,
    "an object without a prototype": Object.assign(Object.create(null), parameters),
    "an object with other types": { ...parameters, id: 100000536, is_partial_payment: false, more: { a: [1] } },
    "an object with a bigint": { ...parameters, id: 100000536n },
    "an object with more": { ...parameters, utm_source: "a", is_final: true, new: undefined, [Symbol("s")]: 1 },
    "the JSON of a body": JSON.parse(JSON.stringify(parameters)) as object,
  };
  for (const [name, input] of Object.entries(inputs)) {
    test(`is taken from ${name}`, () => assert.deepEqual(main.verifyNotification(input, publicPem), SHOWN));
  }

  test("is taken from a request to a server of Node's", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(main.verifyNotification(request.url ?? "", publicPem));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?${text}`).then((got) => got.text());
    server.close();
    assert.deepEqual(seen, [SHOWN]);
  });

  test("verifies with a plus in its signature that nobody encoded", () => {
    let tries = 0;
    for (let at = 0; tries < 10; at += 1) {
      const { sign = "", ...rest } = signed({ ...SAMPLE, desc: String(at) });
      if (!sign.includes("+")) continue;
      tries += 1;
      assert.equal(main.verifyNotification(`/hook?${query(rest)}&sign=${sign}`, publicPem).desc, String(at));
    }
  });

  test("may be about a payment, or about what is not documented", () => {
    for (const type of ["payment", "refund"]) {
      assert.equal(main.verifyNotification(signed({ ...SAMPLE, type }), publicPem).type, type);
    }
  });

  test("has a boolean for a flag that is known, since the text 0 is true to JavaScript", () => {
    const words = { "0": false, "1": true, false: false, true: true, yes: "yes", "": "" };
    for (const [word, shown] of Object.entries(words)) {
      const notification = main.verifyNotification(signed({ ...SAMPLE, is_partial_payment: word }), publicPem);
      assert.equal(notification.is_partial_payment, shown);
    }
  });

  test("keeps every digit of an id beyond 2^53", () => {
    const id = "9007199254740993";
    assert.equal(main.verifyNotification(query(signed({ ...SAMPLE, id })), publicPem).id, id);
  });

  test("verifies with each of several keys in turn", () => {
    const others = [1024, 1536, 3072].map((modulusLength) => generateKeyPairSync("rsa", { modulusLength }));
    const all = [keys, ...others].map(({ privateKey, publicKey }) => ({
      input: signed(SAMPLE, "SHA256", undefined, privateKey),
      pem: publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
    }));
    for (const { input, pem } of [...all, ...all.toReversed()]) {
      assert.deepEqual(main.verifyNotification(input, pem), SHOWN);
      for (const other of all.filter((other) => other.pem !== pem))
        assert.throws(() => main.verifyNotification(input, other.pem), main.SignatureError);
    }
  });
});

interface Vector {
  readonly name: string;
  readonly key: string;
  readonly query: string;
  readonly shown?: Readonly<Record<string, unknown>>;
}

describe("PHP's notifications", () => {
  const table = vectors<Vector>("notifications");

  test("verify and are shown as PHP has them, or are refused", async () => {
    assert.ok(table.length > 200);
    for (const { name, key, query, shown } of table) {
      const pem = vectorFile(`public/${key}`);
      if (shown === undefined) await refused(() => main.verifyNotification(query, pem));
      else assert.deepEqual(main.verifyNotification(`https://shop.example/?${query}`, pem), shown, name);
    }
  });
});

describe("the sandbox's notifications", () => {
  const sandbox = suiteSandbox();
  const to = "https://shop.example/webhooks/alikassa?shop=7";
  const read = (options: Omit<NotificationDelivery, "to" | "as">, payout = "6422494") => {
    const url = sandbox().notificationUrl(payout, { to, ...options });
    return main.verifyNotification(url, sandbox().notificationCertificate.publicPem);
  };

  test("verify for each payout, with either digest, with commission_amount and without, with a plus turned into a blank", () => {
    for (const { id, orderId = "", json } of SANDBOX_PAYOUTS) {
      const { payment_status: status } = JSON.parse(json) as { payment_status: string };
      for (const digest of ["sha1", "sha256"] as const) {
        for (const signCommissionAmount of [true, false]) {
          const found = read({ digest, signCommissionAmount, plusAsBlank: true }, orderId);
          assert.deepEqual(
            [found.type, found.id, found.order_id, found.payment_status],
            ["payout", id, orderId, status],
          );
          assert.equal(found.account, ACCOUNT);
          assert.match(found.desc ?? "", /^Выплата "[\w-]+" \/ \d+$/);
          if (!signCommissionAmount) assert.equal(found.commission_amount, undefined);
        }
      }
    }
    assert.equal(read({}).commission_amount, "10");
  });

  test("tell what they were told to, and are refused where they were changed after that", async () => {
    const told = read({ type: "payment", status: "cancel", fields: { desc: null, amount: "1/2" } });
    assert.deepEqual([told.type, told.payment_status, told.desc, told.amount], ["payment", "cancel", undefined, "1/2"]);
    for (const tamper of [{ payment_status: "fail" }, { amount: null }, { id: "1" }, { sign: "AAAA" }, { sign: null }])
      await refused(() => read({ tamper }));
  });
});

describe("a SignatureError is thrown", () => {
  const parameters = signed(SAMPLE);

  for (const name of [...NAMES, "sign"]) {
    test(`for a change of ${name}`, async () => {
      const value = name === "id" ? "100000537" : name === "sign" ? "QUJD" : `${parameters[name]}x`;
      const error = await refused(() => main.verifyNotification(query({ ...parameters, [name]: value }), publicPem));
      assert.match(error.message, /does not verify/);
    });

    test(`for ${name} twice`, async () => {
      const twice = `${query(parameters)}&${query({ [name]: parameters[name] ?? "" })}`;
      for (const input of [twice, new URLSearchParams(twice), `/hook?${twice}`]) {
        const error = await refused(() => main.verifyNotification(input, publicPem));
        assert.equal(error.message, `"${name}" stands in it twice`);
      }
      // As Express has it then.
      const list = { ...parameters, [name]: [parameters[name], parameters[name]] };
      assert.match((await refused(() => main.verifyNotification(list, publicPem))).message, /wrong type/);
    });
  }

  test("for what has no sign, says so, and shows no value", async () => {
    const error = await refused(() => main.verifyNotification({ ...SAMPLE, account: "4111111111111111" }, publicPem));
    assert.match(error.message, /no "sign"/);
    assertTellsNothing(error, publicPem, "4111111111111111");
  });

  const cyclic: Record<string, unknown> = {};
  cyclic["type"] = cyclic;
  const half = { ...parameters, desc: "half of a pair \ud800" };
  const throwing = Object.defineProperty({}, "type", { enumerable: true, get: () => assert.fail("a getter") });
  const nothing: readonly unknown[] = [
    ...[undefined, null, true, 5, 5n, Symbol("s"), "", "?", "/", "https://shop.example/", "not a URL", "\0", "{}"],
    ...[
      {},
      [],
      [1],
      [null],
      [[]],
      [["sign"]],
      new Map([[{}, {}]]),
      new Set([1]),
      new Date(0),
      () => 0,
      cyclic,
      half,
      throwing,
    ],
    ...[new URLSearchParams(), new FormData(), new URL("https://shop.example/"), { sign: {} }, { sign: null }, JSON],
    ...[
      { toJSON: () => "text" },
      { toJSON: () => undefined },
      Object.create(parameters),
      new Proxy({}, { ownKeys: () => ["a", "a"] }),
    ],
  ];
  for (const input of nothing) {
    test(`for ${inspect(input, { depth: 0 }).replace(/\s+/g, " ")}`, async () => {
      const error = await refused(() => main.verifyNotification(input as object, publicPem));
      assert.doesNotMatch(String(error.stack), /unreachable|panicked|RuntimeError/);
    });
  }

  test("for an object that says it is another one in JSON", async () => {
    const input = { ...signed({ ...SAMPLE, amount: "1" }), toJSON: () => parameters };
    // What JSON.stringify sees is what is verified and what comes back.
    assert.equal(main.verifyNotification(input, publicPem).amount, "300.00");
  });

  test("and the next notification verifies", () => {
    assert.deepEqual(main.verifyNotification(parameters, publicPem), SHOWN);
  });
});

describe("the key of notifications", () => {
  const input = signed(SAMPLE);

  test("may be a certificate, or pasted badly", () => {
    const certified = vectors<Vector>("notifications").find(({ name }) => name === "the sample, 1024, sha1");
    assert.ok(certified !== undefined);
    const { id } = main.verifyNotification(certified.query, vectorFile("public/certificate-1024.pem"));
    assert.equal(id, "100000536");
    for (const pem of [
      publicPem.replaceAll("\n", "\\n"),
      `\ufeff  "${publicPem.trim()}"`,
      publicPem.replaceAll("\n", " "),
    ])
      assert.deepEqual(main.verifyNotification(input, pem), SHOWN);
  });

  test("is refused where it is a private one, and is not shown", async () => {
    for (const pem of [archive.privatePem, keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString()]) {
      const error = await refusalOf(() => main.verifyNotification(input, pem), "KeyError");
      assert.match(error.message, /private key .* where a public one belongs/);
      assertTellsNothing(error, pem, archive.password);
    }
  });

  for (const pem of ["", "public.pem", "\ud800", publicPem.slice(0, 60), vectorFile("public_refused/e-1.pem")]) {
    test(`is refused where it is none: ${JSON.stringify(pem.slice(0, 30))}`, async () => {
      const error = await refusalOf(() => main.verifyNotification(input, pem), "KeyError");
      assert.equal(error.code, "bad_key");
    });
  }

  for (const pem of [undefined, null, 5, {}, Buffer.from(publicPem)]) {
    test(`is refused where it is no text: ${Object.prototype.toString.call(pem)}`, async () => {
      const error = await refusalOf(
        () => main.verifyNotification(input, pem as unknown as string),
        "InvalidRequestError",
      );
      assert.match(error.message, /text of public\.pem/);
    });
  }
});
