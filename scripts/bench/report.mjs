/** The figures as tables in Markdown. */
import { STEPS } from "./cold.mjs";

/** The names of the contenders, by those in the JSON. */
export const TITLES = {
  edge: "alikassa-edge",
  baseline: "the same on `rsa`, 32-bit words",
  crates: "`pkcs8` and `rsa` in wasm, as they come",
  webcrypto: "WebCrypto",
  "node-crypto": "`node:crypto`",
};

export const RUNTIMES = { workerd: "workerd", node: "Node" };

export const COLD_PLACES = {
  node: "Node process",
  "node-liftoff": "Node process, baseline compiler only",
  workerd: "workerd isolate",
};

/** What stands between the markers of docs/benchmarks.md, from what stands in docs/benchmarks.json. */
export function toMarkdown({ date, machine, warm, cold, requests, sizes }) {
  const where =
    `Measured on ${date} by \`npm run bench\` on ${machine.cores} cores of ${machine.cpu}: Node ${machine.node} ` +
    `(V8 ${machine.v8}, OpenSSL ${machine.openssl}), workerd ${machine.workerd}, \`rsa\` ${machine.rsa}. ` +
    `Only ratios within a table are valid on other machines. Brackets hold quartiles.`;
  return [
    "![One warm signature compared with WebCrypto, and the time from a cold start to the first signature](benchmarks.svg)",
    where,
    ...Object.entries(RUNTIMES).map(([runtime, title]) => signatures(title, warm[runtime].signature)),
    singles(warm),
    coldStarts(cold),
    wholeRequests(requests),
    moduleSizes(sizes),
  ].join("\n\n");
}

function signatures(title, bySize) {
  const sizes = Object.values(bySize);
  const cell = (one, { webcrypto }) => `${spread(one)} ${times(one.median / webcrypto.median)}`;
  const rows = Object.entries(TITLES).map(([name, label]) => [label, ...sizes.map((size) => cell(size[name], size))]);
  const head = ["", ...Object.keys(bySize).map((bits) => `${bits} bits`)];
  return table(`One warm signature in ${title}, ms, and times WebCrypto`, head, rows);
}

function singles(warm) {
  const row = (title, cell) => [title, ...Object.keys(RUNTIMES).map((runtime) => cell(warm[runtime]))];
  const rows = [
    row("the same body again: alikassa-edge", ({ again }) => `${spread(again, 1_000)} µs`),
    ...Object.keys(warm.node.open).map((name) =>
      row(`open the archive: ${TITLES[name]}`, ({ open }) => `${spread(open[name])} ms`),
    ),
  ];
  return table("Warm, 2048 bits", ["", ...Object.values(RUNTIMES)], rows);
}

function coldStarts(byPlace) {
  const rows = Object.entries(byPlace).flatMap(([place, byName]) =>
    Object.entries(byName).map(([name, steps]) => [
      `${COLD_PLACES[place]}: ${TITLES[name]}`,
      ...STEPS.map((step) => (steps[step] === undefined ? "–" : figure(steps[step].median))),
      spread(steps.sum),
      times(steps.sum.median / byName.edge.sum.median),
    ]),
  );
  const head = ["", "instantiate", "open the archive", "first signature", "all", "times ours"];
  return table("Cold start, 2048 bits, ms", head, rows);
}

function wholeRequests({ edge, ledger, plain }) {
  const cells = ({ distinct, repeated }) =>
    [distinct.latency, repeated.latency, distinct.throughput, repeated.throughput].map((one) => spread(one));
  const rows = [
    [TITLES.edge, ...cells(edge)],
    ["alikassa-edge with its ledger", ...cells(ledger)],
    ["plain JavaScript, WebCrypto, decrypted key", ...cells(plain)],
  ];
  const head = ["", "new order, ms", "same order, ms", "new orders per second", "same order per second"];
  return table("A whole request to the Worker, with an AliKassa that answers at once", head, rows);
}

function moduleSizes(sizes) {
  const kilobytes = (bytes) => figure(bytes / 1_000);
  const rows = Object.entries(sizes).map(([file, { raw, gzip }]) => [`\`${file}\``, kilobytes(raw), kilobytes(gzip)]);
  return table("Size in kB", ["", "raw", "gzip -9"], rows);
}

function table(title, head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`${title}:`, "", line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Three digits, and all those before the point. */
export function figure(value) {
  return value < 100 ? value.toPrecision(3) : String(Math.round(value));
}

export function times(ratio) {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}×`;
}

function spread({ median, q1, q3 }, factor = 1) {
  return `${figure(median * factor)} (${figure(q1 * factor)}–${figure(q3 * factor)})`;
}
