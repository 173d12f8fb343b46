/** What neither actionlint nor zizmor checks in the workflows. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

/** What runs code that other people wrote: installing, building, testing. */
const FOREIGN_CODE =
  /\.ci\/run|\bnpm (?:ci|install|run|test)\b|\bcargo (?:build|check|install|run|test)\b|\bnpx\b|\bpipx\b/;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const workflows = globSync(".github/workflows/*.yml", { cwd: ROOT }).map((path) =>
  readFileSync(`${ROOT}/${path}`, "utf8"),
);
const jobs = workflows.flatMap((text) => Object.entries(parse(text).jobs as Record<string, Job>));
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8"));

/** The faults of a job, one sentence for each. */
function faultsOf(name: string, { permissions, steps, ...job }: Job): string[] {
  const commands = steps.map(({ run = "" }) => run);
  const called = commands.flatMap((run) =>
    [...run.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, script = ""]) => script),
  );
  const mayPublish = permissions?.["id-token"] === "write";
  const isForeign = steps.some(
    ({ uses = "", run = "" }) => FOREIGN_CODE.test(run) || uses.startsWith("actions/cache@"),
  );
  return [
    ...called
      .filter((script) => !(script in scripts))
      .map((script) => `${name} runs ${script}, which package.json has not`),
    ...(job["timeout-minutes"] === undefined ? [`${name} has no time limit`] : []),
    ...(mayPublish && isForeign ? [`${name} may publish, and runs other people's code`] : []),
  ];
}

describe("the workflows", () => {
  test("have no fault", () => {
    assert.ok(jobs.length > 3);
    assert.deepEqual(
      jobs.flatMap(([name, job]) => faultsOf(name, job)),
      [],
    );
  });

  test("run all checks", () => {
    for (const text of workflows) assert.match(text, /^ +- run: \.ci\/run$/m);
  });
});

describe("the check of the workflows", () => {
  test("finds every fault", () => {
    const sound: Job = { "timeout-minutes": 1, steps: [{ run: "npm publish ./a.tgz" }] };
    const permissions = { "id-token": "write" };
    assert.deepEqual(faultsOf("a", { ...sound, permissions }), []);
    assert.deepEqual(faultsOf("a", { steps: [] }), ["a has no time limit"]);
    assert.match(String(faultsOf("a", { ...sound, steps: [{ run: "npm run nothing" }] })), /nothing/);
    for (const step of [{ run: "npm ci" }, { run: "cargo test" }, { uses: "actions/cache@v1" }])
      assert.match(String(faultsOf("a", { ...sound, permissions, steps: [step] })), /other people/);
  });
});
