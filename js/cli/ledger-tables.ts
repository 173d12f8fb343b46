/** Tables of what the Worker's ledger knows. */
import { type Fields, objectOf, textsOf } from "./results.js";
import { fieldsTable, recordsTable } from "./tables.js";
import { printable } from "./terminal.js";

const PAYOUT_COLUMNS = ["id", "order_id", "state", "payment_status", "amount", "asked_at", "payout_state"];
const EVENT_COLUMNS = ["seq", "timestamp", "type", "id", "order_id", "payment_status", "amount", "delivery"];
const ENTRY_COLUMNS = ["timestamp", "type", "payment_status", "detail"];

/** A payout of the ledger: one row for each field of AliKassa's last answer and of the ledger. */
export function recordTable({ payout, ...record }: Fields): string {
  return fieldsTable({ ...objectOf(payout), ...record });
}

/** One row for each payout of the ledger. */
export function payoutsTable(records: readonly Fields[]): string {
  const rows = records.map(({ payout, last_failure: failure, ...record }) => {
    const unknown = failure === undefined ? "unknown" : `unknown: ${failure}`;
    const state = payout === undefined ? unknown : "known";
    return { ...textsOf(objectOf(payout)), ...textsOf(record), payout_state: state };
  });
  return recordsTable(PAYOUT_COLUMNS, rows);
}

/** One row for each event. */
export function eventsTable(events: readonly Fields[]): string {
  return recordsTable(EVENT_COLUMNS, events.map(eventTexts));
}

/** An event as a line of text, without a line break. */
export function eventLine(event: Fields): string {
  const { seq, timestamp, type, id, order_id, payment_status, amount, delivery } = eventTexts(event);
  const names = [id && `id ${id}`, order_id && `order_id ${order_id}`];
  const texts = [timestamp, seq, type, ...names, payment_status, amount, delivery];
  return printable(texts.filter(Boolean).join("  "));
}

/** One row for each entry of a timeline. */
export function entriesTable(entries: readonly Fields[]): string {
  const rows = entries.map((entry) => {
    const { timestamp, type, payout, notification, follow, seq, event, delivery } = entry;
    const { payment_status } = objectOf(payout ?? notification);
    const { until } = objectOf(follow);
    const isEvent = event !== undefined;
    const detail = isEvent ? `event ${seq}, ${event}, ${deliveryText(delivery)}` : until && `until ${until}`;
    return textsOf({ timestamp, type, payment_status, detail });
  });
  return recordsTable(ENTRY_COLUMNS, rows);
}

/** The cells of an event. An event that says that a payout is overdue has an old status in it, which is left out. */
function eventTexts({ seq, timestamp, type, data, delivery }: Fields): Readonly<Record<string, string>> {
  const { payout, payout_state } = objectOf(data);
  const { id, order_id, payment_status, amount } = objectOf(payout);
  const status = payout_state === undefined ? payment_status : undefined;
  const cells = { seq, timestamp, type, id, order_id, payment_status: status, amount };
  return textsOf({ ...cells, delivery: deliveryText(delivery) });
}

/** How far a delivery is, like `pending, HTTP 503`. */
function deliveryText(delivery: unknown): string {
  const { state, last_status: status } = objectOf(delivery);
  return status === undefined ? String(state) : `${state}, HTTP ${status}`;
}
