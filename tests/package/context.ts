/** The suite's client and assertions, for the tests that need Node. */
import { suiteData } from "../fixtures/suite-data.ts";
import { SuiteContext } from "../suite/context.ts";

export const context: SuiteContext = new SuiteContext(suiteData());
