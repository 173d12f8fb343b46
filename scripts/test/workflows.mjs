/**
 * Whether GitHub understands the workflows (actionlint), and whether they can be misused (zizmor). Neither comes as an npm
 * package, so each is run where it is on PATH.
 */
import { run } from "../process.mjs";

const LINTERS = [
  { program: "actionlint", args: [] },
  { program: "zizmor", args: ["--offline", "--no-progress", "--persona=auditor", ".github"] },
];

/** @returns {Promise<import("./steps.mjs").Result>} */
export async function checkWorkflows() {
  const outcomes = await Promise.all(LINTERS.map(({ program, args }) => run(program, args)));
  const missing = LINTERS.filter((_, index) => outcomes[index]?.missing).map(({ program }) => program);
  const failed = outcomes.filter(({ ok, missing }) => !ok && !missing);
  return {
    ok: failed.length === 0,
    stdout: "",
    output: failed.map(({ output }) => output).join("\n"),
    missing: false,
    ...(missing.length === 0 ? {} : { note: `not checked: there is no ${missing.join(" and no ")}` }),
  };
}
