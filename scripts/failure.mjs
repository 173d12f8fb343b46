/** Failures that are told to a person in a sentence, not as a stack trace. */

/** Something went wrong that a person can do something about. */
export class Failure extends Error {
  name = "Failure";

  /**
   * @param {string} message What went wrong.
   * @param {{ advice?: string, output?: string }} [details] What to do, and what the program that failed has said.
   */
  constructor(message, { advice = "", output = "" } = {}) {
    super(message);
    this.advice = advice;
    this.output = output;
  }
}

/**
 * Runs a script's main function, and turns what it throws into a message and exit status 1.
 *
 * @param {() => Promise<void>} action
 */
export async function runMain(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const parts = [error.output.trimEnd(), `✘ ${error.message}`, error.advice].filter((part) => part !== "");
    process.stderr.write(`\n${parts.join("\n")}\n`);
    process.exitCode = 1;
  }
}
