/** The form that looks up one payout. */
import { element, foreign, list } from "./element.js";

const PATH = "/v1/payout/status";
/** For an answer that does not say it itself. */
const ADVICE =
  "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.";
const MEANINGS = {
  wait: "in the process of payment",
  paid: "successfully paid",
  cancel: "canceled",
  fail: "error",
};
const OTHER_MEANING = "AliKassa does not document this status: it is neither final nor a failure";
const CACHE = {
  hit: "From the Worker's cache: AliKassa has answered so before, and a final status stays",
  miss: "AliKassa was asked just now",
  bypass: "AliKassa was asked just now, past the cache",
};

const find = (id) => document.getElementById(id);
const form = find("question");
const result = find("result");

/** The token, here and nowhere else. */
let token = "";
/** The question that is under way. */
let asking = new AbortController();

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (takeToken() && checkAccount()) ask(readQuestion());
});
find("forget").addEventListener("click", () => {
  forget("Forgotten. Kept in the memory of this page alone.");
  find("token").focus();
});
for (const id of ["token", "account"]) find(id).addEventListener("input", ({ target }) => target.setCustomValidity(""));
// A page that is left may be kept, and shown again to somebody else.
addEventListener("pagehide", () => {
  forget("Kept in the memory of this page alone.");
  asking.abort();
  result.replaceChildren();
});

/** Moves the token from its field into memory. */
function takeToken() {
  const field = find("token");
  const typed = field.value.trim();
  if (typed === "" && token !== "") return true;
  if (!isHeaderValue(typed)) return refuse(field, "A token has visible ASCII characters.");
  token = typed;
  field.value = "";
  find("token-note").textContent = "A token is held in the memory of this page until it is closed.";
  find("forget").hidden = false;
  return true;
}

function checkAccount() {
  const field = find("account");
  const isSound = field.value === "" || isHeaderValue(field.value);
  return isSound || refuse(field, "An account has visible ASCII characters.");
}

/** Whether a header can carry it. */
function isHeaderValue(text) {
  return /^[\x21-\x7e]+$/.test(text);
}

function refuse(field, message) {
  field.closest("details")?.setAttribute("open", "");
  field.setCustomValidity(message);
  field.reportValidity();
  return false;
}

function forget(note) {
  token = "";
  find("token").value = "";
  find("token-note").textContent = note;
  find("forget").hidden = true;
}

function readQuestion() {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  if (find("account").value !== "") headers.Account = find("account").value;
  if (find("again").checked) headers["Cache-Control"] = "no-cache";
  return { name: find("name").value, value: find("value").value, headers };
}

async function ask({ name, value, headers }) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  // What is shown is never of another payout than the one that was asked for last.
  result.replaceChildren(element("p", { class: "note" }, "Asking for ", name, " ", foreign(value), " …"));
  form.setAttribute("aria-busy", "true");
  const answer = await send({ [name]: value }, headers, signal);
  if (signal.aborted) return;
  form.removeAttribute("aria-busy");
  const heading = element("h3", {}, name, " ", foreign(value));
  const time = element("p", { class: "note" }, `Asked for at ${new Date().toLocaleTimeString()}`);
  const isPayout =
    answer.status === 200 && typeof answer.json?.payment_status === "string" && answer.json[name] === value;
  result.replaceChildren(heading, ...(isPayout ? showPayout(answer) : [showUnknown(answer)]), time);
  result.scrollIntoView({ block: "nearest" });
  if (answer.status === 401) {
    forget("This token was refused, and is forgotten.");
    find("token").focus();
  }
}

/** The answer; without a status, why there is none. */
async function send(query, headers, signal) {
  try {
    // Without `cache: "no-store"`, which would ask past the Worker's cache too: nobody keeps the answer to a POST.
    const response = await fetch(PATH, {
      method: "POST",
      headers,
      body: JSON.stringify(query),
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
    const text = await response.text();
    return { status: response.status, cache: response.headers.get("x-alikassa-cache"), text, json: parse(text) };
  } catch {
    return { text: "", json: undefined };
  }
}

/** JSON whose numbers keep the digits that were sent, where the browser can do that. */
function parse(text) {
  const digits = (_name, value, context) =>
    typeof value === "number" && context?.source !== undefined && JSON.rawJSON !== undefined
      ? JSON.rawJSON(context.source)
      : value;
  try {
    return JSON.parse(text, digits);
  } catch {
    return undefined;
  }
}

function showPayout({ json, cache, text }) {
  const status = json.payment_status;
  const isKnown = Object.hasOwn(MEANINGS, status);
  const fields = Object.entries(json).map(([name, value]) => [name, show(value)]);
  return [
    element(
      "div",
      { class: "payout", "data-status": isKnown ? status : "other" },
      element("strong", {}, foreign(status)),
      element("span", {}, isKnown ? MEANINGS[status] : OTHER_MEANING),
      element(
        "span",
        { class: "final" },
        json.is_final === true ? "Final: it will not change" : "Not final: it may change",
      ),
    ),
    ...(Object.hasOwn(CACHE, cache) ? [element("p", { class: "note" }, CACHE[cache])] : []),
    list(fields),
    original(text),
  ];
}

function show(value) {
  if (value === null) return element("span", { class: "absent" }, "null");
  return foreign(typeof value === "string" ? value : JSON.stringify(value));
}

/** Whatever is not the payout: its state is unknown, and there is nothing here that looks like a status. */
function showUnknown({ status, json, text }) {
  const problem = typeof json?.code === "string" ? json : undefined;
  const rows = [
    ["Code", foreign(problem?.code ?? (status === undefined ? "no answer" : "not understood"))],
    ["What was wrong", foreign(String(problem?.detail ?? whatWasWrong(status)))],
    ["HTTP status", status === undefined ? "none" : String(status)],
  ];
  if (problem?.upstream_status !== undefined) rows.push(["AliKassa's HTTP status", show(problem.upstream_status)]);
  if (problem?.message !== undefined) rows.push(["AliKassa's message", show(problem.message)]);
  if (problem?.errors !== undefined) rows.push(["AliKassa's errors", show(problem.errors)]);
  const isRetryable = problem?.retryable ?? true;
  rows.push(["Ask again?", isRetryable ? "Later, with growing pauses" : "Not before that is mended"]);
  return element(
    "div",
    { class: "unknown" },
    element("h4", {}, "State unknown: do not cancel or repeat this payout"),
    element("p", {}, foreign(typeof problem?.advice === "string" ? problem.advice : ADVICE)),
    list(rows),
    ...(text === "" ? [] : [original(text)]),
  );
}

function whatWasWrong(status) {
  if (status === undefined) return "The Worker could not be reached, or the connection broke.";
  return "The answer is not the payout that was asked for.";
}

function original(text) {
  return element(
    "details",
    {},
    element("summary", {}, "The answer as it came"),
    element("pre", { tabindex: "0" }, element("code", {}, text)),
  );
}
