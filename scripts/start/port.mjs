/** A port for the Worker. */
import { createServer } from "node:net";
import { Failure } from "../failure.mjs";

export const HOST = "127.0.0.1";
const USUAL = 8787;

/**
 * The port that was asked for, or else the usual one, or else, if that is taken, any that is free.
 *
 * @param {number | undefined} wanted
 */
export async function choosePort(wanted) {
  if (wanted !== undefined) {
    if (await tryPort(wanted)) return wanted;
    throw new Failure(`Port ${wanted} is taken.`, { advice: "Choose another, or leave --port out to get a free one." });
  }
  return (await tryPort(USUAL)) ?? (await tryPort(0)) ?? USUAL;
}

/** @returns {Promise<number | undefined>} The port, if this machine lets us listen on it. */
function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const { port: given } = server.address();
      server.close(() => resolve(given));
    });
  });
}
