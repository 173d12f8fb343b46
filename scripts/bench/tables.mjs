/** The figures as tables: for the screen, and in Markdown for the README. */
import { STEPS, TITLES } from "./names.mjs";

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {readonly string[]} head
 * @property {readonly (readonly string[])[]} rows The first column is text, the others are figures.
 *
 * @typedef {import("./statistics.mjs").Summary} Summary
 */

const NONE = "–";
const RUNTIMES = { workerd: "workerd", node: "Node" };
const COLD_PLACES = {
  node: "Node process",
  "node-liftoff": "Node process, baseline compiler only",
  workerd: "workerd isolate",
};

/**
 * @param {any} figures What stands in docs/bench.json.
 * @returns {Table[]}
 */
export function toTables(figures) {
  return [
    ...Object.keys(RUNTIMES).map((runtime) => signatures(runtime, figures.warm[runtime].signature)),
    singles(figures.warm),
    cold(figures.cold),
    requests(figures.requests),
    sizes(figures.sizes),
  ];
}

function signatures(runtime, bySize) {
  const bits = Object.keys(bySize);
  const names = Object.keys(TITLES).filter((name) => bits.some((size) => bySize[size][name] !== undefined));
  const cell = (summary, reference) => {
    if (summary === undefined) return NONE;
    return `${spread(summary)} ${times(summary.median / reference.median)}`;
  };
  return {
    title: `One warm signature in ${RUNTIMES[runtime]}: median ms (quartiles), times WebCrypto's`,
    head: ["", ...bits.map((size) => `${size} bits`)],
    rows: names.map((name) => [TITLES[name], ...bits.map((size) => cell(bySize[size][name], bySize[size].webcrypto))]),
  };
}

function singles(warm) {
  const runtimes = Object.keys(RUNTIMES);
  const names = Object.keys(TITLES).filter((name) =>
    runtimes.some((runtime) => warm[runtime].open[name] !== undefined),
  );
  const opened = names.map((name) => [
    `open the archive: ${TITLES[name]}`,
    ...runtimes.map((runtime) => (warm[runtime].open[name] ? `${spread(warm[runtime].open[name])} ms` : NONE)),
  ]);
  const again = runtimes.map((runtime) => `${spread(warm[runtime].again, 1_000)} µs`);
  return {
    title: "Warm, 2048 bits: median (quartiles)",
    head: ["", ...Object.values(RUNTIMES)],
    rows: [[`the same body again: ${TITLES.edge}`, ...again], ...opened],
  };
}

function cold(byPlace) {
  const rows = Object.entries(byPlace).flatMap(([place, byName]) =>
    Object.entries(byName).map(([name, steps]) => [
      `${COLD_PLACES[place]}: ${TITLES[name]}`,
      ...STEPS.map((step) => (steps[step] === undefined ? NONE : figure(steps[step].median))),
      spread(steps.sum),
      times(steps.sum.median / byName.edge.sum.median),
    ]),
  );
  return {
    title: "Cold, 2048 bits: median ms (quartiles), times ours",
    head: ["", "instantiate", "open the archive", "first signature", "all", ""],
    rows,
  };
}

function requests(byWorker) {
  const titles = { edge: TITLES.edge, plain: "plain JavaScript, WebCrypto, decrypted key" };
  const kinds = ["distinct", "repeated"];
  return {
    title: "A whole request to the Worker, AliKassa answering at once: median (quartiles)",
    head: ["", "new order, ms", "same order, ms", "new orders per second", "same order per second"],
    rows: Object.entries(titles).map(([name, title]) => [
      title,
      ...kinds.map((kind) => spread(byWorker[name][kind].latency)),
      ...kinds.map((kind) => spread(byWorker[name][kind].throughput)),
    ]),
  };
}

function sizes(byFile) {
  const kilobytes = (bytes) => figure(bytes / 1_000);
  return {
    title: "Size in kB",
    head: ["", "raw", "gzip -9"],
    rows: Object.entries(byFile).map(([file, { raw, gzip }]) => [`\`${file}\``, kilobytes(raw), kilobytes(gzip)]),
  };
}

/**
 * Tables as lines for a terminal.
 *
 * @param {Table} table
 */
export function toText({ head, rows }) {
  const plain = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("`", "")));
  const widths = head.map((_, column) => Math.max(...plain.map((row) => row[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  return plain.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * @param {Table} table
 */
export function toMarkdown({ title, head, rows }) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`${title}:`, "", line(head), line(rule), ...rows.map(line)].join("\n");
}

/**
 * Three digits, and all those before the point.
 *
 * @param {number} value
 */
export function figure(value) {
  return value < 100 ? value.toPrecision(3) : String(Math.round(value));
}

/** @param {number} ratio */
export function times(ratio) {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}×`;
}

function spread({ median, q1, q3 }, factor = 1) {
  return `${figure(median * factor)} (${figure(q1 * factor)}–${figure(q3 * factor)})`;
}
