/** The options of `npm start`. */
import { parseArgs } from "node:util";
import { Failure } from "../failure.mjs";

export const HELP = `Usage: npm start [-- OPTIONS]

Builds the Worker and runs it on this machine, against a sandbox that checks signatures as AliKassa does; or, if there is a
.dev.vars with your own ALIKASSA_PRIVATE_KEY, against the real AliKassa. Then it asks for the status of a payout.

  --port N         where the Worker listens; 8787 by default, or a free port if that is taken
  --id ID          ask for the payout with this id of AliKassa's; 100000536 in the sandbox by default
  --order-id ID    ask for the payout with this id of yours
  --once           stop after the first answer, with exit status 0, or 1 if there was no payout
  --help           this text
`;

/**
 * @typedef {object} Options
 * @property {number | undefined} port
 * @property {{ id: string } | { order_id: string } | undefined} query
 * @property {boolean} once
 * @property {boolean} help
 */

/**
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function readOptions(args) {
  const values = parse(args);
  if (values.id !== undefined && values["order-id"] !== undefined) throw usage("Give either --id or --order-id.");
  return { port: readPort(values.port), query: readQuery(values), once: values.once, help: values.help };
}

function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        id: { type: "string" },
        "order-id": { type: "string" },
        once: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw usage(error.message);
  }
}

function readPort(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw usage("--port is a whole number from 1 to 65535.");
  return port;
}

function readQuery({ id, "order-id": orderId }) {
  if (id !== undefined) return { id };
  return orderId === undefined ? undefined : { order_id: orderId };
}

function usage(message) {
  return new Failure(message, { advice: "npm start -- --help tells what there is." });
}
