/** Programs to be bundled, which leave the suite's results where the one who started them finds them. */
import { SUITE, writeGiven } from "../runtimes/bundle.ts";
import { givenWith } from "../runtimes/given.ts";
import type { Part } from "../suite/suite.ts";

const all = givenWith();
const given = await writeGiven("bundled", all);
/** Without what is only for the other parts: it would have to be bundled, too. */
const less = { keys: [], mangled: [], refused: [], signed: [], signatures: [], json: [] };
const shortGiven = await writeGiven("bundled-short", { ...all, ...less });

/** The parts that show that a module is there and works, which is all that one bundler can do otherwise than another. */
const PARTS: readonly Part[] = ["notification", "waiting", "lifetime"];

/** How many cases these have. */
export const SHORT = 45;

const app = (file: string, parts: string): string => `import { runSuite } from "../${SUITE}";
import given from "../${file}";

globalThis.suite = runSuite(given${parts});
`;

/** The whole suite. */
export const SUITE_APP: string = app(given, "");

/** Some of its parts. */
export const SHORT_APP: string = app(shortGiven, `, ${JSON.stringify(PARTS)}`);
