/** An AliKassa that answers at once, and checks nothing. It runs in a thread of its own, which posts its port. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { parentPort } from "node:worker_threads";

const PAYOUT = {
  payment_status: "paid",
  id: 100000536,
  order_id: "",
  amount: "300.00",
  payment_amount: "300.00",
  is_partial_payment: false,
  account_payment_amount: "290",
  commission_amount: "10",
  service_code: "payment_card_rub",
  account_old_balance: "1290",
  account_new_balance: "1000",
};

const server = createServer(async (request, response) => {
  const answer = JSON.stringify({ ...PAYOUT, order_id: JSON.parse(await text(request)).order_id });
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
  response.end(answer);
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage(server.address().port));
