/** Programs to be bundled, which leave the suite's results where the one who started them finds them. */
import { suiteData } from "../fixtures/suite-data.ts";
import { SUITE, writeData } from "../runtimes/bundle.ts";
import type { Part } from "../suite/suite.ts";

const all = suiteData();
const data = await writeData("bundled", all);
/** Without what is only for the other parts: it would have to be bundled, too. */
const less = { keys: [], mangled: [], refused: [], signed: [], signatures: [], json: [] };
const shortData = await writeData("bundled-short", { ...all, ...less });

/** The parts that show that a module is there and works, which is all that one bundler can do otherwise than another. */
const PARTS: readonly Part[] = ["notification", "waiting", "lifetime"];

/** How many cases these have. */
export const SHORT = 77;

const app = (file: string, parts: string): string => `import { runSuite } from "../${SUITE}";
import data from "../${file}";

globalThis.suite = runSuite(data${parts});
`;

/** The whole suite. */
export const SUITE_APP: string = app(data, "");

/** Some of its parts. */
export const SHORT_APP: string = app(shortData, `, ${JSON.stringify(PARTS)}`);
