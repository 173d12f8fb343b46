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
    hit: "From the Worker's cache: AliKassa reported this final status before",
    miss: "AliKassa was asked just now",
    bypass: "AliKassa was asked just now, bypassing the cache",
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
};

const ru = {
  summary: "Что стало с выплатой в AliKassa",
  languages: "Язык",
  reference: "Справочник API",
  lookUpTitle: "Узнать состояние выплаты",
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
  lookUp: "Узнать",
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
    hit: "Из кеша Worker: AliKassa уже сообщала это окончательное состояние",
    miss: "AliKassa ответила только что",
    bypass: "AliKassa ответила только что, в обход кеша",
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
};

const TEXTS = { en: { ...textsInPage(), ...en }, ru };

/**
 * Chooses the language of the page: the one after `#` in its address, else the first of the browser's languages that there is,
 * else English. The choice is stored nowhere but in the address.
 *
 * @returns {{ language: "en" | "ru", texts: typeof ru }}
 */
export function chooseLanguage() {
  const wanted = [location.hash.slice(1), ...navigator.languages.map((tag) => tag.split("-")[0].toLowerCase())];
  const language = wanted.find((tag) => Object.hasOwn(TEXTS, tag)) ?? "en";
  return { language, texts: TEXTS[language] };
}

/** Reads the English texts of index.html. */
function textsInPage() {
  const places = [...document.querySelectorAll("[data-text]")];
  return Object.fromEntries(places.map((place) => [place.dataset.text, place.textContent]));
}
