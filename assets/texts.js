/**
 * The texts of the page in each of its languages. What AliKassa and the Worker say is data and is not translated.
 * The English texts of elements with `data-text` are in index.html.
 */

const en = {
  languages: "Language",
  tokenNote: "Kept in the memory of this page only.",
  tokenHeld: "The token is in the memory of this page until you close it.",
  tokenForgotten: "The token is forgotten.",
  tokenRefused: "The Worker refused this token. It is forgotten.",
  tokenInvalid: "A token has visible ASCII characters only.",
  accountInvalid: "An account has visible ASCII characters only.",
  lookingUp: "Looking up",
  lookedUpAt: (time) => `Looked up at ${time}`,
  statuses: {
    wait: "in the process of payment",
    paid: "successfully paid",
    cancel: "canceled",
    fail: "error",
  },
  otherStatus: "AliKassa does not document this status. It is neither final nor a failure",
  final: "Final: it will not change",
  notFinal: "Not final: it may change",
  cache: {
    hit: "From the ledger: AliKassa reported this final status before",
    miss: "AliKassa was asked just now",
    bypass: "AliKassa was asked just now, not the ledger",
  },
  unknown: "State unknown: do not cancel or repeat this payout",
  advice:
    "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.",
  code: "Code",
  noAnswer: "no answer",
  notUnderstood: "not understood",
  detail: "What was wrong",
  unreachable: "The Worker could not be reached, or the connection broke.",
  notThePayout: "The answer is not the requested payout.",
  httpStatus: "HTTP status",
  none: "none",
  upstreamStatus: "AliKassa's HTTP status",
  upstreamMessage: "AliKassa's message",
  upstreamErrors: "AliKassa's errors",
  askAgain: "Ask again?",
  later: "Later, with growing pauses",
  afterCorrection: "Not before the cause is corrected",
  original: "The answer as received",
  views: "Views",
  lookup: "Look up",
  payouts: "List",
  listing: "Listing …",
  listedAt: (time) => `Listed at ${time}`,
  ledgerTitle: "In the ledger",
  ledgerFailed: "The ledger did not answer as expected. This says nothing about a payout.",
  notInLedger: "The ledger does not have this payout. This says nothing about its state at AliKassa.",
  follow: "Follow until it is final",
  state: "State",
  states: { open: "open", overdue: "overdue", final: "final" },
  overdueAdvice:
    "Overdue means unknown or still waiting, not failed: do not cancel or repeat the payout, and ask AliKassa's support.",
  lastStatus: "Last status",
  payoutUnknown: "unknown",
  asked: "asked",
  followed: "Followed",
  until: "until",
  notFollowed: "no",
  nextRead: "Next reading",
  overdueSince: "Overdue since",
  lastFailure: "Last reading without an answer",
  timeline: "Timeline",
  entries: {
    followed: "Followed until",
    reading: "AliKassa answered:",
    notification: "AliKassa notified:",
    event: (event, seq) => `Event ${seq}, ${event}:`,
  },
  deliveries: {
    pending: "not yet delivered",
    delivered: "delivered",
    undelivered: "not delivered, no more attempts",
    none: "no delivery is configured",
  },
  nextAttempt: "next attempt",
  noPayouts: "None",
  showMore: { open: "Show more open payouts", overdue: "Show more overdue payouts" },
  lists: { open: "Open", overdue: "Overdue" },
};

const ru = {
  summary: "Что стало с выплатой в AliKassa",
  languages: "Язык",
  reference: "Справочник API",
  lookupTitle: "Узнать состояние выплаты",
  token: "Токен",
  tokenNote: "Хранится только в памяти этой страницы.",
  tokenHeld: "Токен в памяти этой страницы, пока вы её не закроете.",
  tokenForgotten: "Токен забыт.",
  tokenRefused: "Worker не принял этот токен. Токен забыт.",
  tokenInvalid: "Токен состоит только из видимых символов ASCII.",
  forget: "Забыть токен",
  name: "Какая выплата",
  byOrderId: "по вашему order_id",
  byId: "по id в AliKassa",
  value: "Её id",
  more: "Дополнительно",
  account: "Счёт, если не основной",
  accountInvalid: "Счёт состоит только из видимых символов ASCII.",
  again: "Спросить AliKassa, даже если известно окончательное состояние",
  lookup: "Узнать",
  lookingUp: "Запрашивается",
  lookedUpAt: (time) => `Получено в ${time}`,
  statuses: {
    wait: "в процессе выплаты",
    paid: "успешно выплачена",
    cancel: "отменена",
    fail: "ошибка",
  },
  otherStatus: "Этого состояния нет в документации AliKassa. Оно не окончательное и не означает ошибку",
  final: "Окончательное: больше не изменится",
  notFinal: "Не окончательное: может измениться",
  cache: {
    hit: "Из журнала выплат: AliKassa уже сообщала это окончательное состояние",
    miss: "AliKassa ответила только что",
    bypass: "AliKassa ответила только что, в обход журнала выплат",
  },
  unknown: "Состояние неизвестно: не отменяйте и не повторяйте эту выплату",
  advice:
    "Состояние этой выплаты неизвестно: не отменяйте и не повторяйте её у себя; спросите ещё раз позже или уточните в поддержке AliKassa.",
  code: "Код",
  noAnswer: "нет ответа",
  notUnderstood: "ответ не распознан",
  detail: "Что не так",
  unreachable: "Worker недоступен, или соединение оборвалось.",
  notThePayout: "В ответе не та выплата, о которой был запрос.",
  httpStatus: "Статус HTTP",
  none: "нет",
  upstreamStatus: "Статус HTTP от AliKassa",
  upstreamMessage: "Сообщение AliKassa",
  upstreamErrors: "Ошибки от AliKassa",
  askAgain: "Спросить ещё раз?",
  later: "Позже, с растущими паузами",
  afterCorrection: "Не раньше, чем будет устранена причина",
  original: "Ответ без обработки",
  views: "Разделы",
  payoutsTitle: "Незавершённые и просроченные выплаты",
  payouts: "Показать",
  listing: "Запрашивается …",
  listedAt: (time) => `Получено в ${time}`,
  ledgerTitle: "В журнале выплат",
  ledgerFailed: "Журнал выплат не дал ожидаемого ответа. О самих выплатах это ничего не говорит.",
  notInLedger: "В журнале выплат этой выплаты нет. О её состоянии в AliKassa это ничего не говорит.",
  follow: "Следить до окончательного состояния",
  state: "Положение",
  states: { open: "не завершена", overdue: "просрочена", final: "завершена" },
  overdueAdvice:
    "Просрочена — значит неизвестна или ещё в процессе, но не обязательно неуспешна: не отменяйте и не повторяйте выплату, обратитесь в поддержку AliKassa.",
  lastStatus: "Последнее состояние",
  payoutUnknown: "неизвестно",
  asked: "запрошено",
  followed: "Отслеживается",
  until: "до",
  notFollowed: "нет",
  nextRead: "Следующий запрос",
  overdueSince: "Просрочена с",
  lastFailure: "Последний запрос без ответа",
  timeline: "Хронология",
  entries: {
    followed: "Отслеживается до",
    reading: "AliKassa ответила:",
    notification: "AliKassa уведомила:",
    event: (event, seq) => `Событие ${seq}, ${event}:`,
  },
  deliveries: {
    pending: "ещё не доставлено",
    delivered: "доставлено",
    undelivered: "не доставлено, попыток больше не будет",
    none: "доставка не настроена",
  },
  nextAttempt: "следующая попытка",
  noPayouts: "Нет",
  showMore: { open: "Показать ещё незавершённые", overdue: "Показать ещё просроченные" },
  lists: { open: "Незавершённые", overdue: "Просроченные" },
};

const TEXTS = { en: { ...textsInPage(), ...en }, ru };

/** @type {"en" | "ru"} */
export let language = "en";
/** @type {typeof ru} */
export let texts = TEXTS.en;
/** Where dates and times are written as the reader is used to: `en-GB`. */
export let locale = "en";

/**
 * Chooses the language of the page: the one in its address, else the first of the browser's languages that there is, else English.
 * The choice is stored nowhere but in the address.
 *
 * @param {readonly string[]} inAddress
 */
export function chooseLanguage(inAddress) {
  const base = (tag) => tag.split("-")[0].toLowerCase();
  language = [...inAddress, ...navigator.languages.map(base)].find((tag) => Object.hasOwn(TEXTS, tag)) ?? "en";
  texts = TEXTS[language];
  locale = navigator.languages.find((tag) => base(tag) === language) ?? language;
}

/** Reads the English texts of index.html. */
function textsInPage() {
  const places = [...document.querySelectorAll("[data-text]")];
  return Object.fromEntries(places.map((place) => [place.dataset.text, place.textContent]));
}
