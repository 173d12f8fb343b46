/** `npm test`: everything that is checked. `npm test -- WORD…` runs only the steps with such a word in their name. */
import { Failure, runMain } from "./failure.mjs";
import { dim, duration, green, red, say } from "./screen.mjs";
import { setUp } from "./setup.mjs";
import { chooseSteps, runLanes, stepsOf } from "./test/schedule.mjs";
import { testSteps } from "./test/steps.mjs";

await runMain(async () => {
  const words = process.argv.slice(2);
  const tools = await setUp();
  const all = await testSteps(tools);
  const lanes = chooseSteps(all, words);
  const steps = stepsOf(lanes);
  if (steps.length === 0) {
    const names = stepsOf(all).map(({ name }) => name);
    const advice = `There are: ${names.join(", ")}.`;
    throw new Failure(`No step has "${words.join('" or "')}" in its name.`, { advice });
  }
  let passed = 0;
  let failed = 0;
  await runLanes(lanes, (step, result, milliseconds) => {
    passed += result.count?.passed ?? 0;
    // A step that failed without a failed test (a linter, a build, a crash) is one failure.
    if (!result.ok) failed += Math.max(1, result.count?.failed ?? 0);
    report(step, result, milliseconds);
  });
  const ran = passed + failed > 0;
  // Linters alone are a choice that only a person makes; a whole run without a test is a mistake.
  const mayBeNone = words.length > 0 && steps.every((step) => !step.counts);
  say(`\n${passed} passed, ${failed} failed`);
  if (failed > 0 || !(ran || mayBeNone)) process.exitCode = 1;
});

function report({ name }, { ok, output, count, note }, milliseconds) {
  const tests =
    count === undefined ? "" : `${count.passed} passed${count.failed > 0 ? `, ${count.failed} failed` : ""}  `;
  say(
    `${ok ? green("✔") : red("✘")} ${name.padEnd(14)} ${tests}${note === undefined ? "" : `${note}  `}${dim(duration(milliseconds))}`,
  );
  if (!ok) say(`\n${output.trimEnd()}\n`);
}
