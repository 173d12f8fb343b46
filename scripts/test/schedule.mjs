/** Which steps to run, and in which order. */

/**
 * @typedef {import("./steps.mjs").Step} Step
 * @typedef {object} Lane
 * @property {readonly Step[]} steps In the order in which they begin.
 * @property {number} width How many of them may run at a time.
 */

/**
 * Only the steps whose name holds one of the words, with what they need; all of them if there are no words.
 *
 * @param {readonly Lane[]} lanes
 * @param {readonly string[]} words
 * @returns {Lane[]}
 */
export function chooseSteps(lanes, words) {
  if (words.length === 0) return [...lanes];
  const all = stepsOf(lanes);
  const chosen = new Set(all.filter(({ name }) => words.some((word) => name.includes(word))));
  // A set that is added to while it is walked through is walked to its new end.
  for (const step of chosen) {
    for (const other of all) if (step.needs.includes(other.name)) chosen.add(other);
  }
  return lanes.map(({ steps, width }) => ({ steps: steps.filter((step) => chosen.has(step)), width }));
}

/**
 * The steps of all lanes.
 *
 * @param {readonly Lane[]} lanes
 */
export function stepsOf(lanes) {
  return lanes.flatMap(({ steps }) => steps);
}

/**
 * Runs the lanes side by side. A step waits for what it needs of another lane. One that needs what failed is not run, but all
 * others are, so that every failure is seen at once.
 *
 * @param {readonly Lane[]} lanes
 * @param {(step: Step, result: import("./steps.mjs").Result, milliseconds: number) => void} onEnd Called for each.
 */
export async function runLanes(lanes, onEnd) {
  const failed = new Set();
  const ends = new Map(stepsOf(lanes).map(({ name }) => [name, Promise.withResolvers()]));
  const runStep = async (step) => {
    await Promise.all(step.needs.map((name) => ends.get(name)?.promise));
    const begin = Date.now();
    const obstacle = step.needs.find((name) => failed.has(name));
    const result = obstacle === undefined ? await step.run() : notRun(obstacle);
    if (!result.ok) failed.add(step.name);
    ends.get(step.name).resolve();
    onEnd(step, result, Date.now() - begin);
  };
  await Promise.all(
    lanes.flatMap(({ steps, width }) => {
      const left = steps.values();
      return Array.from({ length: width }, async () => {
        for (const step of left) await runStep(step);
      });
    }),
  );
}

function notRun(obstacle) {
  return { ok: false, stdout: "", output: `Not run, since ${obstacle} failed.\n`, missing: false };
}
