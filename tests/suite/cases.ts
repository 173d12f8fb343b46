/**
 * The cases of the suite, and how they are run: with nothing but what every runtime has. A runner of Node's would not run in a
 * browser or in a Worker.
 */

/** What became of one case. */
export interface Result {
  readonly name: string;
  /** What went wrong; undefined if all is well. */
  readonly error?: string;
}

interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

interface Suite {
  readonly name: string;
  readonly concurrent: boolean;
  readonly cases: Case[];
}

const suites: Suite[] = [];

/** Names what the cases that `define` adds have in common; they run side by side if it says so. */
export function describe(name: string, define: () => void, { concurrent = false } = {}): void {
  suites.push({ name, concurrent, cases: [] });
  define();
}

/** Adds a case: it is well if `run` returns, or resolves. */
export function test(name: string, run: () => unknown): void {
  const suite = suites.at(-1);
  if (suite === undefined) throw new Error(`"${name}" stands outside of every describe`);
  suite.cases.push({ name, run });
}

/** Runs all cases that were added. */
export async function runCases(): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, concurrent, cases } of suites) {
    const running = cases.map(({ name: inner, run }) => {
      const start = () => resultOf(`${name} ${inner}`, run);
      return concurrent ? start() : start;
    });
    for (const result of running) results.push(await (typeof result === "function" ? result() : result));
  }
  return results;
}

async function resultOf(name: string, run: () => unknown): Promise<Result> {
  try {
    await run();
    return { name };
  } catch (error) {
    return { name, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
  }
}
