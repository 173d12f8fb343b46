/** What was to be reached, beside what was measured. */
import { figure, times } from "./tables.mjs";

/**
 * @typedef {object} Goal
 * @property {string} name
 * @property {string} least
 * @property {string} aim
 * @property {string} measured
 * @property {"aim" | "least" | "missed"} reached
 */

const MOST_CACHED_US = 20;

/**
 * @param {any} figures What stands in docs/bench.json.
 * @returns {Goal[]}
 */
export function toGoals({ warm, cold }) {
  const signature = (runtime, bits, name) => warm[runtime].signature[bits][name].median;
  const toWebCrypto = (bits) => signature("workerd", bits, "edge") / signature("workerd", bits, "webcrypto");
  const faster = (runtime, name) => signature(runtime, 2048, name) / signature(runtime, 2048, "edge");
  const crateWay = (place) => cold[place].crates.sum.median / cold[place].edge.sum.median;
  const cached = Math.max(warm.workerd.again.median, warm.node.again.median) * 1_000;
  const atMost = (name, value, least, aim) => ({
    name,
    least: `≤ ${least} ×`,
    aim: `${aim.toFixed(1)} ×`,
    measured: times(value),
    reached: grade(value <= least, value <= aim),
  });
  const atLeast = (name, value, least, aim) => ({
    name,
    least: `≥ ${least} ×`,
    aim: `${aim} ×`,
    measured: times(value),
    reached: grade(value >= least, value >= aim),
  });
  return [
    atMost("2048 bits in workerd, WebCrypto's time", toWebCrypto(2048), 1.5, 1),
    atMost("4096 bits in workerd, WebCrypto's time", toWebCrypto(4096), 2, 1.2),
    atLeast("faster than rsa with 32-bit words, workerd", faster("workerd", "baseline"), 10, 18),
    atLeast("faster than the crates as they come, workerd", faster("workerd", "crates"), 10, 18),
    atLeast("faster than rsa with 32-bit words, Node", faster("node", "baseline"), 10, 18),
    atLeast("faster than the crates as they come, Node", faster("node", "crates"), 10, 18),
    atLeast("cold, faster than the crates as they come, Node", crateWay("node"), 5, 10),
    atLeast("cold, the same, baseline compiler only", crateWay("node-liftoff"), 5, 10),
    atLeast("cold, the same, workerd isolate", crateWay("workerd"), 5, 10),
    {
      name: "cached signature, the slower runtime",
      least: `< ${MOST_CACHED_US} µs`,
      aim: "",
      measured: `${figure(cached)} µs`,
      reached: grade(cached < MOST_CACHED_US, false),
    },
  ];
}

function grade(least, aim) {
  if (!least) return "missed";
  return aim ? "aim" : "least";
}
