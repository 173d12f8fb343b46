/** How many tests a runner ran, read from what it printed. */

/** @typedef {{ passed: number, failed: number }} Count */

/**
 * From `cargo test`: one line for each test program, and one for the doctests.
 *
 * @param {string} output
 * @returns {Count | undefined} `undefined` if there is no such line.
 */
export function countCargo(output) {
  const lines = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)];
  if (lines.length === 0) return undefined;
  return lines.reduce(
    (sum, [, passed, failed]) => ({ passed: sum.passed + Number(passed), failed: sum.failed + Number(failed) }),
    { passed: 0, failed: 0 },
  );
}

/**
 * From the last lines that `node --test` writes with its reporter `spec`. A test that was cancelled has failed.
 *
 * @param {string} output
 * @returns {Count | undefined} `undefined` if they are not there.
 */
export function countNode(output) {
  const read = (name) => {
    const found = [...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, "gm"))].at(-1);
    return found === undefined ? undefined : Number(found[1]);
  };
  const [passed, failed, cancelled] = [read("pass"), read("fail"), read("cancelled")];
  if (passed === undefined || failed === undefined || cancelled === undefined) return undefined;
  return { passed, failed: failed + cancelled };
}
