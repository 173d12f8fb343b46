/** The document as such: valid, and of the same routes and codes as the code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { newArchive, soundBindings, startWorkers, type Workers } from "../worker/harness.ts";
import { codesInCode, pathsInCode } from "./code.ts";
import { Document } from "./document.ts";

let workers: Workers<"sound">;
let document: Document;

before(async () => {
  workers = await startWorkers({ sound: soundBindings(newArchive(1024), { url: "http://127.0.0.1:9" }) });
  document = await Document.of(workers.edges.sound);
});

after(() => workers.stop());

describe("the document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document.json });
    assert.ok(valid, JSON.stringify(errors, null, 2));
    assert.equal(validator.version, "3.1");
  });

  test("has the version of the package and of the crate", () => {
    const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    assert.equal(document.json.info.version, JSON.parse(read("package.json")).version);
    assert.equal(document.json.info.version, /^version = "(.*)"$/m.exec(read("Cargo.toml"))?.[1]);
  });

  test("has an operationId once for each operation", () => {
    const ids = document.operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  test("has every path that the code knows, and no other", () => {
    const files = fileNames();
    const documented = Object.keys(document.json.paths).flatMap((path) =>
      path.includes("{file}") ? files.map((file) => path.replace("{file}", file)) : [path],
    );
    assert.deepEqual(documented.sort(), pathsInCode());
  });

  test("has every code that the code knows, and no other", () => {
    assert.deepEqual([...document.codes].sort(), codesInCode());
  });

  test("has every code in an answer", () => {
    const outcomes = Object.values(document.json.components.responses).flatMap((response) =>
      document.outcomesOf({ operationId: "", responses: { 0: response } }),
    );
    const answered = outcomes.map((outcome) => outcome.split(" ")[1]).filter((code) => code !== undefined);
    assert.deepEqual([...new Set(answered)].sort(), [...document.codes].sort());
  });

  test("has only examples that fit", () => {
    let count = 0;
    for (const { place, media } of document.media) {
      const named = Object.values(media.examples ?? {}).map(({ value }) => value);
      for (const example of "example" in media ? [media.example, ...named] : named) {
        document.assertValue(example, media.schema, `the example at ${place}`);
        count += 1;
      }
    }
    for (const [name, schema] of Object.entries(document.json.components.schemas)) {
      for (const example of schema.examples ?? []) {
        document.assertValue(example, schema, `the example of ${name}`);
        count += 1;
      }
    }
    assert.ok(count >= 8, `${count} examples`);
  });
});

describe("the rule that guards money", () => {
  const problem = {
    type: "urn:problem-type:alikassa-edge:upstream_status",
    title: "x",
    status: 502,
    detail: "x",
    code: "upstream_status",
    retryable: true,
  };
  const advice =
    "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.";
  const unknown = { ...problem, payout_state: "unknown", advice };

  test("is in the types: no failure has a payment_status, and the only state is unknown", () => {
    assert.ok(document.fits(problem, "Problem"));
    assert.ok(document.fits(unknown, "UnknownPayout"));
    for (const status of ["wait", "paid", "cancel", "fail", null]) {
      assert.ok(!document.fits({ ...problem, payment_status: status }, "Problem"));
      assert.ok(!document.fits({ ...unknown, payment_status: status }, "UnknownPayout"));
    }
    for (const state of ["failed", "fail", "cancel", "", null]) {
      assert.ok(!document.fits({ ...unknown, payout_state: state }, "UnknownPayout"));
    }
    assert.ok(!document.fits(problem, "UnknownPayout"), "the state must be said");
    assert.ok(!document.fits({ ...unknown, state: "fail" }, "UnknownPayout"), "and by no other name");
  });

  test("is in the types: a payout is final for three words alone, and never without a word", () => {
    const payout = (status: string, is_final: boolean) => ({ payment_status: status, id: "1", is_final });
    for (const status of ["paid", "cancel", "fail"]) {
      assert.ok(document.fits(payout(status, true), "Payout"));
      assert.ok(!document.fits(payout(status, false), "Payout"));
    }
    for (const status of ["wait", "refund", "failed"]) {
      assert.ok(document.fits(payout(status, false), "Payout"));
      assert.ok(!document.fits(payout(status, true), "Payout"));
    }
    assert.ok(!document.fits({ id: "1", is_final: false }, "Payout"));
    assert.ok(!document.fits({ payment_status: "wait", is_final: false }, "Payout"));
  });

  test("holds for every failure of every operation", () => {
    for (const { operation } of document.operations) {
      for (const [status, reference] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        const { content = {} } = document.resolve(reference);
        assert.deepEqual(Object.keys(content), ["application/problem+json"]);
        const schema = content["application/problem+json"]?.schema ?? {};
        for (const { allOf: [base] = [] } of schema.oneOf ?? [schema])
          assert.match(base?.$ref ?? "", /\/(?:Problem|UnknownPayout)$/);
      }
    }
  });
});

/** The files of the page, as the document names them. */
function fileNames(): readonly string[] {
  const item = document.json.paths["/page/{file}"]?.["get"] as {
    readonly parameters: readonly { readonly name: string; readonly schema: { readonly enum: readonly string[] } }[];
  };
  return item.parameters.find(({ name }) => name === "file")?.schema.enum ?? [];
}
