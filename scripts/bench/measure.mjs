/** Takes times with mitata, in turns, and sums them up. */
import { Agent, request } from "node:http";
import { text as readText } from "node:stream/consumers";
import { measure } from "mitata";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * Measures each case for `ms` in each of several rounds, so that a machine that is slower for a while is slower for all of them. The
 * first round warms up, and does not count. Returns milliseconds by case.
 */
export async function measureInTurns(cases, { rounds, ms }, operation) {
  const times = new Map(cases.map((one) => [one, []]));
  await takeTurns(cases, rounds + 1, async (one, round) => {
    const { samples } = await measure(() => operation(one), { gc: false, min_cpu_time: ms * 1e6, min_samples: 4 });
    if (round > 0) times.get(one).push(...samples.map((nanoseconds) => nanoseconds / 1e6));
  });
  return times;
}

/** Lets cases take turns. Each round begins with another one. */
export async function takeTurns(cases, rounds, action) {
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < cases.length; turn++) await action(cases[(round + turn) % cases.length], round);
  }
}

/** How many there are, their median, and their quartiles. */
export function summarize(values) {
  const quantile = (part) => Number(quantileOf(values, part).toPrecision(4));
  return { n: values.length, median: quantile(0.5), q1: quantile(0.25), q3: quantile(0.75) };
}

export const median = (values) => quantileOf(values, 0.5);

function quantileOf(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/** Posts to a local Worker, over a connection that stays open, and reads the whole answer. */
export async function post(url, text, headers = {}) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const length = Buffer.byteLength(text);
  const sent = request(url, { agent, method: "POST", headers: { ...headers, "Content-Length": length } }, resolve);
  sent.once("error", reject).end(text);
  const response = await promise;
  const answer = await readText(response);
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${answer}`);
  return answer;
}
