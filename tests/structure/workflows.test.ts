/**
 * What the workflows of .github may do, and that each check finds who does more. Whether GitHub understands them is for actionlint to say.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { listFiles, readTextFiles, type TextFile } from "./repository.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** An action of others, pinned to a commit, since a tag may be moved, with its version for people. */
const PINNED = /^ +(?:- )?uses: [\w.-]+\/[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/;
/** Whatever runs code that other people wrote: installing, building, testing. */
const FOREIGN_CODE =
  /\.ci\/run|\bnpm (?:ci|install|run|test)\b|\bcargo (?:build|check|install|run|test)\b|\bnpx\b|\bpipx\b/;

/** What is wrong with a workflow, one sentence for each. */
function findFaults({ path, text }: TextFile): string[] {
  const workflow: Workflow = parse(text);
  const unpinned = text.split("\n").filter((line) => /^ +(?:- )?uses:/.test(line) && !PINNED.test(line));
  const faults = unpinned.map((line) => `is not pinned: ${line.trim()}`);
  if (JSON.stringify(workflow.permissions) !== "{}") faults.push("has permissions for all of its jobs");
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (job.permissions === undefined) faults.push(`${name} does not say what it may do`);
    if (job["timeout-minutes"] === undefined) faults.push(`${name} has no time limit`);
    if (/latest/.test(job["runs-on"] ?? "latest")) faults.push(`${name} runs on whatever is the latest`);
    for (const { uses = "", run = "", with: options } of job.steps) {
      if (uses.startsWith("actions/checkout@") && options?.["persist-credentials"] !== false)
        faults.push(`${name} leaves its token on the disk`);
      // GitHub pastes it in before the shell reads the line: a branch's name could be a command.
      if (run.includes("${{")) faults.push(`${name} pastes an expression into a script`);
      if (job.permissions?.["id-token"] === "write" && (FOREIGN_CODE.test(run) || uses.startsWith("actions/cache@")))
        faults.push(`${name} may publish, and runs other people's code`);
    }
  }
  return faults.map((fault) => `${path}: ${fault}`);
}

const workflows = readTextFiles(listFiles().filter((path) => path.startsWith(".github/workflows/")));

describe("the workflows", () => {
  test("are there", () =>
    assert.deepEqual(workflows.map(({ path }) => path).sort(), [
      ".github/workflows/ci.yml",
      ".github/workflows/release.yml",
    ]));

  test("do no more than they must", () => assert.deepEqual(workflows.flatMap(findFaults), []));

  test("run everything that is checked", () => {
    for (const { path, text } of workflows) assert.match(text, /^ +- run: \.ci\/run$/m, path);
  });
});

describe("the check of the workflows", () => {
  const SHA = "0123456789abcdef0123456789abcdef01234567";
  const workflow = (step: string, job = "permissions: {}", top = "permissions: {}"): TextFile => ({
    path: "a.yml",
    text: `${top}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 1\n    ${job}\n    steps:\n      - ${step}\n`,
  });

  test("lets a sound one pass", () => {
    assert.deepEqual(findFaults(workflow(`uses: a/b@${SHA} # v1.2.3`)), []);
    assert.deepEqual(findFaults(workflow("run: npm publish ./a.tgz", "permissions: { id-token: write }")), []);
  });

  test("finds every fault", () => {
    for (const [bad, expected] of [
      [workflow("uses: a/b@v1"), /not pinned/],
      [workflow(`uses: a/b@${SHA}`), /not pinned/],
      [workflow(`uses: a/b@${SHA.slice(1)} # v1.2.3`), /not pinned/],
      [workflow("run: ls", undefined, "on: push"), /for all of its jobs/],
      [workflow("run: ls", undefined, "permissions: { contents: read }"), /for all of its jobs/],
      [workflow("run: ls", "env: {}"), /does not say/],
      [{ ...workflow("run: ls"), text: workflow("run: ls").text.replace(/ +timeout.*\n/, "") }, /no time limit/],
      [{ ...workflow("run: ls"), text: workflow("run: ls").text.replace("-24.04", "-latest") }, /the latest/],
      [workflow(`uses: actions/checkout@${SHA} # v1.2.3`), /leaves its token/],
      [workflow(`run: echo $\{{ github.head_ref }}`), /pastes an expression/],
      [workflow("run: npm ci", "permissions: { id-token: write }"), /runs other people's code/],
      [workflow(`uses: actions/cache@${SHA} # v1.2.3`, "permissions: { id-token: write }"), /runs other people's code/],
    ] as const) {
      const faults = findFaults(bad);
      assert.equal(faults.length, 1, bad.text);
      assert.match(faults[0] ?? "", expected);
    }
  });
});
