/** The commands, their options and their help. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandError, EXIT, type ExitStatus, report } from "./command-error.js";
import { examine } from "./doctor.js";
import { addConnectionOptions, addKeyOptions, option } from "./options.js";
import { serveSandbox } from "./sandbox.js";
import { printSecrets } from "./secrets.js";
import { sign } from "./sign.js";
import { addStatusOptions, queryOf, status } from "./status-command.js";
import { styled } from "./terminal.js";
import { verify } from "./verify.js";

const NAME = "alikassa-edge";

const ABOUT = `Asks AliKassa what became of payouts, and looks after the key that signs.

Key and account come from --cert and --account, or from the environment under
the Worker's names: ALIKASSA_PRIVATE_KEY, ALIKASSA_KEY_PASSWORD,
ALIKASSA_ACCOUNT, ALIKASSA_BASE_URL, ALIKASSA_DIGEST, ALIKASSA_TIMEOUT_MS.
Neither the key nor its password ever stands on a command line.`;

const EXAMPLES = {
  program: `
Examples:
  alikassa-edge doctor --cert cert --account UUID --live
  alikassa-edge status --cert cert --account UUID --id 100000536
  alikassa-edge help status

Exit status: 0 an answer, 1 the state is unknown, 2 usage or configuration.`,
  doctor: `
Examples:
  alikassa-edge doctor --cert cert
  alikassa-edge doctor --cert cert --account UUID --live
  alikassa-edge doctor --cert cert --account UUID --live --id 100000536 --json

--live asks v1/account/info, which changes nothing, and the payout's status if one is named.
Exit status: 0 sound, 1 AliKassa did not answer, or not with the payout, 2 something must be mended.`,
  sign: `
Examples:
  alikassa-edge sign --cert cert body.json
  printf '%s' '{"id":"100000536"}' | alikassa-edge sign --cert cert

Signs exactly the bytes that come in, a line break at the end, too.`,
  verify: `
Examples:
  alikassa-edge verify --key notification/public.pem 'https://shop.example/hook?type=payout&id=…&sign=…'
  tail -n 1 urls.txt | alikassa-edge verify --key notification/public.pem --json

Takes a URL or its query alone. Exit status: 0 AliKassa has signed it, 1 it has not, 2 usage or configuration.`,
  secrets: `
Examples:
  alikassa-edge secrets --cert cert --account UUID | npx wrangler secret bulk
  API_TOKENS=$(openssl rand -hex 32) alikassa-edge secrets --cert cert --account UUID > /dev/shm/secrets.json

API_TOKENS and ALIKASSA_NOTIFICATION_KEY are taken from the environment, if they are there. What is left out stays
as the Worker has it.`,
};

/** Runs the command with these arguments, and gives the exit status. */
export async function run(args: readonly string[]): Promise<ExitStatus> {
  let ended: ExitStatus = EXIT.answer;
  const program = makeProgram(async (work) => {
    ended = await work;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return ended;
  } catch (error) {
    // Commander has told its own errors already; --help and --version end so, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.answer : EXIT.usage;
    return report(error, args.includes("--verbose"));
  }
}

function makeProgram(end: (work: Promise<ExitStatus>) => Promise<void>): Command {
  const program = new Command(NAME)
    .description(ABOUT)
    .version(version(), "-V, --version", "the version")
    .helpOption("-h, --help", "this help")
    .helpCommand("help [command]", "the help of a command")
    .configureHelp({ styleTitle: (title) => styled("bold", title, process.stdout) })
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText("after", EXAMPLES.program);

  addStatusOptions(subcommand(program, "status", "what became of a payout, or of each in a file")).action((options) =>
    end(Promise.resolve(options).then(status)),
  );
  addConnectionOptions(subcommand(program, "doctor", "whether the key archive is sound, and AliKassa takes it"))
    .option("--live", "ask AliKassa, too")
    .addOption(option("--id <id>", "with --live: a payout to ask for, by AliKassa's id").conflicts("orderId"))
    .addOption(option("--order-id <id>", "with --live: a payout to ask for, by your own id"))
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.doctor)
    .action(({ id, orderId, ...options }) => {
      const query = queryOf(id, orderId);
      if (query !== undefined && !options.live)
        throw new CommandError("a payout is asked for with --live alone", "add --live");
      return end(examine({ ...options, query }));
    });
  addKeyOptions(subcommand(program, "sign", "the Sign header of a body, in base64"))
    .argument("[file]", "the body; standard input if it is left out or -")
    // Of no use here, but a command line that was begun for another command has it.
    .addOption(option("--account <uuid>", "").hideHelp())
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.sign)
    .action((file, options) => end(sign(file, options)));
  subcommand(program, "verify", "whether AliKassa has sent a notification")
    .argument("[url]", "the URL that was called; standard input if it is left out or -")
    .addOption(option("--key <path>", "the public.pem for notifications, or ALIKASSA_NOTIFICATION_KEY"))
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.verify)
    .action((url, options) => end(verify(url, options)));
  addKeyOptions(subcommand(program, "secrets", "the Worker's secrets, for wrangler secret bulk"))
    .addOption(option("--account <uuid>", "the account, or several with commas between them; or ALIKASSA_ACCOUNT"))
    .addOption(option("--notification-key <path>", "the public.pem of the certificate for notifications"))
    .option("--force", "show them on a terminal, too")
    .addHelpText("after", EXAMPLES.secrets)
    .action((options) => end(printSecrets(options)));
  program
    .command("sandbox")
    .description("a local AliKassa that checks signatures and misbehaves on demand")
    // Its options are its own.
    .helpOption(false)
    .argument("[options...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action((args) => end(serveSandbox(args)));
  return program;
}

function subcommand(program: Command, name: string, about: string): Command {
  return program.command(name).description(about).option("--verbose", "of an error: everything that is known");
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return version;
}
