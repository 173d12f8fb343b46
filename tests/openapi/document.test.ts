/** The OpenAPI document: its version, its codes, and the rule that guards money. Its form is checked by `redocly lint`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { codesInCode } from "./code.ts";
import { Document } from "./document.ts";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const document = new Document(JSON.parse(read("build/assets/openapi.json")));

describe("the document", () => {
  test("has the version of the package and of the crate", () => {
    assert.equal(document.json.info.version, JSON.parse(read("package.json")).version);
    assert.equal(document.json.info.version, /^version = "(.*)"$/m.exec(read("Cargo.toml"))?.[1]);
  });

  test("lists the codes of the Worker and no other", () => {
    assert.deepEqual([...document.codes].sort(), codesInCode());
  });

  test("uses every code in an answer", () => {
    const outcomes = Object.values(document.json.components.responses).flatMap((response) =>
      document.outcomesOf({ operationId: "", responses: { 0: response } }),
    );
    const answered = outcomes.map((outcome) => outcome.split(" ")[1]).filter((code) => code !== undefined);
    assert.deepEqual([...new Set(answered)].sort(), [...document.codes].sort());
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

  test("no failure has a payment_status, and its only payout_state is unknown", () => {
    assert.ok(document.fits(problem, "Problem"));
    assert.ok(document.fits(unknown, "UnknownPayout"));
    for (const status of ["wait", "paid", "cancel", "fail", null]) {
      assert.ok(!document.fits({ ...problem, payment_status: status }, "Problem"));
      assert.ok(!document.fits({ ...unknown, payment_status: status }, "UnknownPayout"));
    }
    for (const state of ["failed", "fail", "cancel", "", null]) {
      assert.ok(!document.fits({ ...unknown, payout_state: state }, "UnknownPayout"));
    }
    assert.ok(!document.fits(problem, "UnknownPayout"), "the state is required");
    assert.ok(!document.fits({ ...unknown, state: "fail" }, "UnknownPayout"), "the state has no other name");
  });

  test("a payout has a status, and is final for paid, cancel and fail only", () => {
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

  test("every failure of every operation is a problem", () => {
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
