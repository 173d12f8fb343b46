/** Shows what the ledger knows: a payout with its timeline, and lists of payouts. */
import { fieldValue, problemList } from "./answer.js";
import { element, foreign, list } from "./element.js";
import { locale, texts } from "./texts.js";

/**
 * What the ledger knows of one payout.
 *
 * @param {Record<string, any>} record The answer of `/v1/payout/history`.
 */
export function recordParts(record) {
  const isFollowed = record.is_followed === true;
  const rows = [
    [texts.state, stateText(record)],
    [texts.lastStatus, [lastStatus(record), ...(record.asked_at ? [`, ${texts.asked} `, time(record.asked_at)] : [])]],
    [
      texts.followed,
      isFollowed && record.follow_until ? [`${texts.until} `, time(record.follow_until)] : texts.notFollowed,
    ],
    ...timeRows(record),
  ];
  return [
    list(rows),
    ...(record.state === "overdue" ? [element("p", {}, texts.overdueAdvice)] : []),
    element("h4", {}, texts.timeline),
    element(
      "ol",
      {},
      record.timeline.map((entry) =>
        element("li", {}, time(entry.timestamp), element("div", {}, ...entryParts(entry))),
      ),
    ),
  ];
}

/**
 * A list of payouts.
 *
 * @param {"open" | "overdue"} state
 * @param {readonly Record<string, any>[]} payouts
 * @param {(name: "id" | "order_id", value: string) => string} addressOf The address of a payout's look-up.
 */
export function payoutsParts(state, payouts, addressOf) {
  return [
    element("h3", {}, texts.lists[state]),
    ...(state === "overdue" && payouts.length > 0 ? [element("p", {}, texts.overdueAdvice)] : []),
    payouts.length === 0
      ? element("p", { class: "note" }, texts.noPayouts)
      : element(
          "ul",
          { "data-state": state },
          payouts.map((record) => element("li", {}, payoutLink(record, addressOf), list(summaryRows(record)))),
        ),
  ];
}

/** The reason why the ledger's answer is not the expected one, which says nothing about a payout. */
export function ledgerProblem(answer) {
  if (answer.json?.code === "unknown_payout") return [element("p", {}, texts.notInLedger)];
  return [element("p", {}, texts.ledgerFailed), problemList(answer, texts.notUnderstood)];
}

/** The link has all names of the payout. AliKassa's id comes first in the address: two payouts may have one order id. */
function payoutLink(record, addressOf) {
  const names = ["order_id", "id"].filter((name) => typeof record[name] === "string");
  const parts = names.flatMap((name, index) => [`${index === 0 ? "" : ", "}${name} `, foreign(record[name])]);
  const name = names.at(-1);
  return element("a", { href: addressOf(name, record[name]) }, parts);
}

function summaryRows(record) {
  return [[texts.lastStatus, lastStatus(record)], ...timeRows(record)];
}

function timeRows({ overdue_at, next_read_at, last_failure }) {
  return [
    ...(overdue_at === undefined ? [] : [[texts.overdueSince, time(overdue_at)]]),
    ...(next_read_at === undefined ? [] : [[texts.nextRead, time(next_read_at)]]),
    ...(last_failure === undefined ? [] : [[texts.lastFailure, fieldValue(last_failure)]]),
  ];
}

function stateText({ state }) {
  return Object.hasOwn(texts.states, state) ? texts.states[state] : fieldValue(state);
}

/** The status in AliKassa's last answer. Without one it is unknown, whatever the last failure was. */
function lastStatus({ payout }) {
  const status = payout?.payment_status;
  if (typeof status !== "string") return element("strong", { class: "no-answer" }, texts.payoutUnknown);
  return statusText(status);
}

function statusText(status) {
  const isKnown = Object.hasOwn(texts.statuses, status);
  const meaning = isKnown ? texts.statuses[status] : texts.otherStatus;
  return element("span", {}, element("strong", {}, foreign(String(status))), ` (${meaning})`);
}

function entryParts({ type, follow, payout, notification, event, seq, delivery }) {
  const { entries } = texts;
  if (type === "followed" && follow) return [`${entries.followed} `, time(follow.until)];
  if (type === "reading" && payout) return [`${entries.reading} `, statusText(payout.payment_status)];
  if (type === "notification" && notification) {
    return [`${entries.notification} `, statusText(notification.payment_status)];
  }
  if (type === "event" && delivery)
    return [`${entries.event(event, JSON.stringify(seq))} `, ...deliveryParts(delivery)];
  return [fieldValue(type)];
}

function deliveryParts({ state, last_status, delivered_at, next_attempt_at, gave_up_at }) {
  const at = delivered_at ?? gave_up_at;
  return [
    Object.hasOwn(texts.deliveries, state) ? texts.deliveries[state] : fieldValue(state),
    ...(last_status === undefined ? [] : [`, HTTP ${JSON.stringify(last_status)}`]),
    ...(at === undefined ? [] : [", ", time(at)]),
    ...(next_attempt_at === undefined ? [] : [`, ${texts.nextAttempt} `, time(next_attempt_at)]),
  ];
}

/** A time as the reader writes it. Its title is the time in UTC. */
function time(iso) {
  const date = new Date(iso);
  const isValid = !Number.isNaN(date.getTime());
  const text = isValid ? date.toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" }) : String(iso);
  return element("time", isValid ? { datetime: iso, title: iso } : {}, text);
}
