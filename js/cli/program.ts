/** The commands, their options and their help. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CommandError, EXIT, type ExitStatus, report } from "./command-error.js";
import { doctor } from "./doctor.js";
import { addLedgerCommands } from "./ledger-commands.js";
import { addConnectionOptions, addKeyOptions, option } from "./options.js";
import { serveSandbox } from "./sandbox.js";
import { printSecrets } from "./secrets.js";
import { sign } from "./sign.js";
import { addStatusOptions, queryOf, status } from "./status-command.js";
import { styled } from "./terminal.js";
import { verify } from "./verify.js";

const NAME = "alikassa-edge";

const ABOUT = `Asks AliKassa for the status of payouts, and checks keys and signatures.

Key and account come from --cert and --account, or from the environment under
the Worker's names: ALIKASSA_PRIVATE_KEY, ALIKASSA_KEY_PASSWORD,
ALIKASSA_ACCOUNT, ALIKASSA_BASE_URL, ALIKASSA_DIGEST, ALIKASSA_TIMEOUT_MS.
follow, payouts, history, events and redeliver ask your Worker instead: --url or
ALIKASSA_EDGE_URL, and ALIKASSA_EDGE_TOKEN.
Key, password and token are never part of a command line.`;

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

--live requests v1/account/info, which changes nothing, and the status of the payout if one is given.
Exit status: 0 no failure, 1 no answer from AliKassa or no payout in it, 2 something must be fixed.`,
  sign: `
Examples:
  alikassa-edge sign --cert cert body.json
  printf '%s' '{"id":"100000536"}' | alikassa-edge sign --cert cert

Signs exactly the bytes of the input, including a line break at its end.`,
  verify: `
Examples:
  alikassa-edge verify --key notification/public.pem 'https://shop.example/hook?type=payout&id=…&sign=…'
  tail -n 1 urls.txt | alikassa-edge verify --key notification/public.pem --json

Accepts a URL or its query. Exit status: 0 signed by AliKassa, 1 not signed by AliKassa, 2 usage or configuration.`,
  secrets: `
Examples:
  alikassa-edge secrets --cert cert --account UUID | npx wrangler secret bulk
  API_TOKENS=$(openssl rand -hex 32) alikassa-edge secrets --cert cert --account UUID > /dev/shm/secrets.json

API_TOKENS and ALIKASSA_NOTIFICATION_KEY come from the environment if set. A secret that is left out keeps its value
in the Worker.`,
};

/** Runs the command with these arguments and returns the exit status. */
export async function run(args: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.answer;
  const program = makeProgram(async (work) => {
    status = await work;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    // Commander has printed its own errors; --help and --version throw, too.
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

  addStatusOptions(subcommand(program, "status", "the status of a payout, or of each payout in a file")).action(
    (options) => end(Promise.resolve(options).then(status)),
  );
  addConnectionOptions(subcommand(program, "doctor", "check the key archive, and whether AliKassa accepts it"))
    .option("--live", "send requests to AliKassa, too")
    .addOption(option("--id <id>", "with --live: a payout, by AliKassa's id").conflicts("orderId"))
    .addOption(option("--order-id <id>", "with --live: a payout, by your own id"))
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.doctor)
    .action(({ id, orderId, ...options }) => {
      const query = queryOf(id, orderId);
      if (query !== undefined && !options.live) throw new CommandError("--id and --order-id need --live", "add --live");
      return end(doctor({ ...options, query }));
    });
  addKeyOptions(subcommand(program, "sign", "print the Sign header for a body"))
    .argument("[file]", "the body; standard input if it is left out or -")
    // Ignored, so that the options of another command can be reused.
    .addOption(option("--account <uuid>", "").hideHelp())
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.sign)
    .action((file, options) => end(sign(file, options)));
  subcommand(program, "verify", "verify a notification of AliKassa")
    .argument("[url]", "the URL of the notification; standard input if it is left out or -")
    .addOption(option("--key <path>", "the public.pem for notifications, or ALIKASSA_NOTIFICATION_KEY"))
    .option("--json", "one JSON document")
    .addHelpText("after", EXAMPLES.verify)
    .action((url, options) => end(verify(url, options)));
  addKeyOptions(subcommand(program, "secrets", "print the Worker's secrets for wrangler secret bulk"))
    .addOption(option("--account <uuid>", "the account's UUID, or several separated by commas; or ALIKASSA_ACCOUNT"))
    .addOption(option("--notification-key <path>", "the public.pem of the certificate for notifications"))
    .option("--force", "print them even on a terminal")
    .addHelpText("after", EXAMPLES.secrets)
    .action((options) => end(printSecrets(options)));
  addLedgerCommands((name, about) => subcommand(program, name, about), end);
  program
    .command("sandbox")
    .description("run a local AliKassa that checks signatures and has faults on demand")
    // It parses its own options.
    .helpOption(false)
    .argument("[options...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action((args) => end(serveSandbox(args)));
  return program;
}

function subcommand(program: Command, name: string, about: string): Command {
  return program.command(name).description(about).option("--verbose", "print the stack and the causes of an error");
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return version;
}
