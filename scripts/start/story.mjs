/** The story of a lost notification: the ledger follows the payout to its end, and tells the merchant. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";
import { Webhook } from "standardwebhooks";
import { HOST } from "./worker.mjs";

const NAMES = { id: "100000700", order_id: "lost-notification" };
const ENDS_AFTER_MS = 3_000;

const tell = (line) => console.log(`  ${new Date().toTimeString().slice(0, 8)} ${line}`);

/** Starts a merchant's endpoint that verifies each event. `receive` resolves once there is one of this type about the story's payout. */
export async function startMerchant() {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const server = createServer(async (request, response) => {
    const { type, data } = new Webhook(secret).verify(await text(request), request.headers);
    response.writeHead(204).end();
    if (data.payout.id === NAMES.id) server.emit(type);
  }).listen(0, HOST);
  await once(server, "listening");
  const url = `http://${HOST}:${server.address().port}/alikassa`;
  return { url, secret, receive: (type) => once(server, type), close: () => server.close() };
}

/** Tells the story. It takes about ten seconds, the first pause between two readings. */
export async function tellStory({ url, token, sandbox, merchant }) {
  console.log(`\n${styleText("bold", "A notification is lost")}`);
  sandbox.addEnding(NAMES, ENDS_AFTER_MS);
  const [waiting, paid] = [merchant.receive("payout.wait"), merchant.receive("payout.paid")];
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ order_id: NAMES.order_id });
  await fetch(`${url}/v1/payout/follow`, { method: "POST", headers, body });
  tell(`POST /v1/payout/follow ${body}: the ledger reads the payout until it is final`);
  await waiting;
  tell(
    "The merchant's endpoint has verified payout.wait. Now the payout is paid, and AliKassa's notification is lost.",
  );
  await paid;
  tell("The ledger has read the payout again, and the merchant's endpoint has verified payout.paid.");
  const history = await fetch(`${url}/v1/payout/history?id=${NAMES.id}`, { headers });
  tell("GET /v1/payout/history: the payout's timeline");
  for (const { timestamp, type, event, payout } of (await history.json()).timeline)
    console.log(
      styleText("dim", `    ${timestamp} ${[type, event, payout?.payment_status].filter(Boolean).join(" ")}`),
    );
}
