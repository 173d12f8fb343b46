/** `sign`: prints the `Sign` header for a body. */
import { EXIT, type ExitStatus } from "./command-error.js";
import { type ConnectionOptions, digestOf, openKey, readKeyTexts } from "./credentials.js";
import { inputName, readInput } from "./input.js";
import { remark } from "./terminal.js";

const LINE_BREAK = 0x0a;

/** The options of `sign`. */
export interface SignOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** Signs exactly the bytes of the file or of standard input, and returns the exit status. */
export async function sign(file: string | undefined, options: SignOptions): Promise<ExitStatus> {
  using alikassa = openKey(await readKeyTexts(options.cert), digestOf(options));
  const body = await readInput(file, "the body");
  const signature = alikassa.sign(body);
  process.stdout.write(`${options.json ? JSON.stringify({ sign: signature }) : signature}\n`);
  if (body.at(-1) === LINE_BREAK)
    remark(`The line break at the end of ${inputName(file)} is signed, too: send it, or remove it (printf '%s').`);
  return EXIT.answer;
}
