/** The bench's part of the README. */
import { TITLES } from "./names.mjs";
import { toMarkdown, toTables } from "./tables.mjs";

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

const ALT = "One warm signature against WebCrypto's, and the way of a fresh process to its first one";

/**
 * @param {any} figures What stands in docs/bench.json.
 */
export function benchMarkdown(figures) {
  const { date, machine } = figures;
  const where =
    `Measured on ${date} by \`npm run bench\` on ${machine.cores} cores of ${machine.cpu}: Node ${machine.node} ` +
    `(V8 ${machine.v8}, OpenSSL ${machine.openssl}), workerd ${machine.workerd} (V8 ${machine.workerdV8}), ` +
    `\`rsa\` ${machine.rsa}, node-forge ${machine.nodeForge}. Only ratios within a table travel to other machines. ` +
    "All figures, with their quartiles, are in [docs/bench.json](docs/bench.json).";
  const terms =
    "The same on `rsa`: the package's module for engines without relaxed SIMD. " +
    `${TITLES.crates}: a module of those crates alone, with 64-bit words and at \`opt-level = 3\`, signing blinded too. ` +
    "In Node, node-forge leaves PBKDF2 to `node:crypto`. A workerd isolate has its module compiled, as far as workerd does " +
    "that, before its first request.";
  const tables = toTables(figures).map(toMarkdown);
  return [`![${ALT}](docs/bench.svg)`, where, ...tables, terms].join("\n\n");
}

/**
 * The README with this between its marks, or `undefined` where it has none.
 *
 * @param {string} readme
 * @param {string} markdown
 */
export function withBench(readme, markdown) {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) return undefined;
  return `${readme.slice(0, begin + BEGIN.length)}\n${markdown}\n${readme.slice(end)}`;
}
