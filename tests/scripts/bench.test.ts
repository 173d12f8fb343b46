/**
 * What the bench makes of its figures.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { toGoals } from "../../scripts/bench/goals.mjs";
import { signaturesAtATime } from "../../scripts/bench/plan.mjs";
import { toSvg } from "../../scripts/bench/plot.mjs";
import { benchMarkdown, withBench } from "../../scripts/bench/readme.mjs";
import { median, perPiece, quantile, summarize, takeTurns } from "../../scripts/bench/statistics.mjs";
import { figure, times, toMarkdown, toTables, toText } from "../../scripts/bench/tables.mjs";
import { ROOT } from "../../scripts/paths.mjs";

const about = (value: number) => ({ n: 9, median: value, q1: value * 0.9, q3: value * 1.1 });

/** Figures with a given time for a signature of ours, WebCrypto's being 0.5 ms, and for ours from a fresh start. */
function sample({ ours = 0.6, coldOurs = 4, again = 0.001 } = {}) {
  const signature = (factor: number) => ({
    edge: about(ours * factor),
    baseline: about(9 * factor),
    crates: about(10 * factor),
    webcrypto: about(0.5 * factor),
    "node-forge": about(20 * factor),
  });
  const warm = {
    signature: { 2048: signature(1), 3072: signature(3), 4096: signature(8) },
    again: about(again),
    open: { edge: about(1.2), "node-forge": about(9) },
  };
  const steps = (all: number) => ({
    instantiate: about(all / 4),
    open: about(all / 4),
    sign: about(all / 2),
    sum: about(all),
  });
  const processes = { edge: steps(coldOurs), baseline: steps(30), crates: steps(40) };
  const kinds = {
    distinct: { latency: about(2), throughput: about(900) },
    repeated: { latency: about(1), throughput: about(2000) },
  };
  return {
    date: "2026-11-24",
    machine: {
      cpu: "A <Processor> & Co",
      cores: 2,
      node: "24.0.0",
      v8: "13.6",
      openssl: "3.5",
      workerd: "1.2",
      workerdV8: "15.7",
      rsa: "0.10.0",
      nodeForge: "1.4",
    },
    warm: { workerd: warm, node: warm },
    cold: {
      node: processes,
      "node-liftoff": processes,
      workerd: { edge: { sum: about(5) }, baseline: { sum: about(20) }, crates: { sum: about(30) } },
    },
    requests: { edge: kinds, plain: kinds },
    sizes: { "build/index_bg.wasm": { raw: 540_939, gzip: 224_208 } },
  };
}

describe("statistics", () => {
  test("take quantiles between values, in proportion and in any order", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
    assert.equal(quantile([1, 2], 0.75), 1.75);
    assert.equal(quantile([7], 0.25), 7);
    assert.equal(quantile([10, 9, 100], 1), 100);
    assert.throws(() => quantile([], 0.5), RangeError);
  });

  test("round to what can be meant", () => {
    assert.deepEqual(summarize([0.123456, 0.123456]), { n: 2, median: 0.1235, q1: 0.1235, q3: 0.1235 });
  });

  test("take off what a request costs that does nothing", () => {
    assert.deepEqual(perPiece({ full: [11, 21], empty: [1, 0, 9], count: 10 }), [1, 2]);
  });

  test("let everybody begin in turn", async () => {
    const turns: string[] = [];
    await takeTurns(["a", "b", "c"], 3, (name, round) => turns.push(`${name}${round}`));
    assert.equal(turns.join(" "), "a0 b0 c0 b1 c1 a1 c2 a2 b2");
  });

  test("are of several signatures where one is short, and of one at least", () => {
    assert.equal(signaturesAtATime("edge", 2048), 20);
    assert.ok(signaturesAtATime("edge", 4096) < 20);
    assert.equal(signaturesAtATime("node-forge", 4096), 1);
  });
});

describe("tables", () => {
  test("write figures with three digits", () => {
    assert.deepEqual([0.5, 12.345, 99.94, 1234.5].map(figure), ["0.500", "12.3", "99.9", "1235"]);
    assert.deepEqual([1, 9.994, 18.04].map(times), ["1.00×", "9.99×", "18.0×"]);
  });

  test("compare with WebCrypto of the same size", () => {
    const [table] = toTables(sample());
    assert.ok(table);
    assert.deepEqual(table.head, ["", "2048 bits", "3072 bits", "4096 bits"]);
    assert.deepEqual(table.rows[0], [
      "alikassa-edge",
      "0.600 (0.540–0.660) 1.20×",
      "1.80 (1.62–1.98) 1.20×",
      "4.80 (4.32–5.28) 1.20×",
    ]);
  });

  test("have a cell for every column, and nothing that is no figure", () => {
    for (const table of toTables(sample())) {
      for (const row of table.rows) assert.equal(row.length, table.head.length, table.title);
      assert.doesNotMatch(toMarkdown(table), /undefined|NaN|Infinity/);
    }
  });

  test("are aligned on the screen, and tables in Markdown", () => {
    const table = { title: "Time", head: ["", "ms"], rows: [["`a`", "1.00"], ["long", "10.0"]] }; // biome-ignore format: a table
    assert.equal(toText(table), "        ms\na     1.00\nlong  10.0");
    assert.equal(toMarkdown(table), "Time:\n\n|  | ms |\n| --- | ---: |\n| `a` | 1.00 |\n| long | 10.0 |");
  });
});

describe("goals", () => {
  const reached = (figures: ReturnType<typeof sample>) => toGoals(figures).map((goal) => goal.reached);

  test("are told apart: missed, reached, and as good as aimed for", () => {
    assert.deepEqual(new Set(reached(sample({ ours: 2, coldOurs: 20, again: 0.03 })).slice(0, 8)), new Set(["missed"]));
    assert.equal(reached(sample({ again: 0.03 })).at(-1), "missed");
    assert.equal(reached(sample()).at(-1), "least");
    const [at2048, at4096, crate, asItComes] = reached(sample({ ours: 0.5 }));
    assert.deepEqual([at2048, at4096, crate, asItComes], ["aim", "aim", "aim", "aim"]);
    assert.equal(reached(sample({ ours: 0.75 }))[0], "least");
    assert.equal(reached(sample({ coldOurs: 4 }))[6], "aim");
    assert.equal(reached(sample({ coldOurs: 8 }))[6], "least");
  });
});

describe("the README's part", () => {
  test("stands between its marks, and may be replaced", () => {
    const readme = "# A\n\n<!-- bench -->\nold\n<!-- /bench -->\n\nrest\n";
    const once = withBench(readme, "new");
    assert.equal(once, "# A\n\n<!-- bench -->\nnew\n<!-- /bench -->\n\nrest\n");
    assert.equal(withBench(once ?? "", "new"), once);
  });

  test("needs both marks, in their order", () => {
    assert.equal(withBench("# A\n", "new"), undefined);
    assert.equal(withBench("<!-- bench -->\n", "new"), undefined);
    assert.equal(withBench("<!-- /bench -->\n<!-- bench -->\n", "new"), undefined);
  });

  test("says where it was measured", () => {
    const markdown = benchMarkdown(sample());
    for (const part of ["2026-11-24", "Node 24.0.0", "workerd 1.2", "docs/bench.svg"]) {
      assert.ok(markdown.includes(part), part);
    }
  });
});

describe("the plot", () => {
  const svg = toSvg(sample());

  test("is a sound picture without anything from elsewhere", () => {
    assert.doesNotMatch(svg, /NaN|undefined|Infinity|="-|&(?!amp;|lt;)/);
    assert.equal([...svg.matchAll(/https?:/g)].length, 1, "only the name space");
    assert.equal([...svg.matchAll(/<text /g)].length, [...svg.matchAll(/<\/text>/g)].length);
  });

  test("shows every contender in both runtimes, and every fresh start", () => {
    assert.equal([...svg.matchAll(/>node-forge</g)].length, 2);
    assert.equal([...svg.matchAll(/>alikassa-edge</g)].length, 5);
  });

  test("stays in its frame where a figure is off the scale", () => {
    const wide = toSvg(sample({ ours: 5_000 }));
    const ends = [...wide.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(
      ([, x, width]) => Number(x) + Number(width),
    );
    assert.ok(ends.length > 10 && Math.max(...ends) <= 860);
  });
});

describe("what is in the repository", () => {
  const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

  // After a change of the pictures or tables: npm run bench -- --render
  test("was made from docs/bench.json", () => {
    const figures = JSON.parse(read("docs/bench.json"));
    assert.equal(read("docs/bench.svg"), toSvg(figures));
    const readme = read("README.md");
    assert.equal(withBench(readme, benchMarkdown(figures)) ?? readme, readme);
  });
});
