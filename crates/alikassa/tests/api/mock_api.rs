//! AliKassa's API from a script, in the time of a mock clock.

use std::cell::{Cell, Ref, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, pending};
use std::rc::Rc;
use std::time::Duration;

use alikassa::{Client, Clock, PayoutQuery, Response, Settings, SignedRequest, Transport, TransportError};

use crate::mock_clock::MockClock;
use crate::vectors::{SIGNER, account};

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The reply to one request.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    /// How long it takes; `None` is for ever.
    takes: Option<Duration>,
    /// `None` is the payout that was asked for, paid.
    outcome: Option<Result<Response, TransportError>>,
    /// By how much the wall clock is put back meanwhile.
    clock_back: Duration,
}

impl Reply {
    pub(crate) fn payout() -> Self {
        Self { takes: Some(Duration::ZERO), ..Self::default() }
    }

    pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let response = Response { status, retry_after: None, body: body.into(), truncated: false };
        Self { outcome: Some(Ok(response)), ..Self::payout() }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::response(status, "")
    }

    pub(crate) fn unreachable(code: Option<&str>) -> Self {
        Self { outcome: Some(Err(TransportError { code: code.map(str::to_owned) })), ..Self::payout() }
    }

    pub(crate) fn hang() -> Self {
        Self::default()
    }

    pub(crate) fn takes(self, ms: u64) -> Self {
        Self { takes: Some(Duration::from_millis(ms)), ..self }
    }

    pub(crate) fn clock_back(self, by: Duration) -> Self {
        Self { clock_back: by, ..self }
    }

    pub(crate) fn retry_after(mut self, value: &str) -> Self {
        if let Some(Ok(response)) = &mut self.outcome {
            response.retry_after = Some(value.to_owned());
        }
        self
    }

    pub(crate) fn truncated(mut self) -> Self {
        if let Some(Ok(response)) = &mut self.outcome {
            response.truncated = true;
        }
        self
    }
}

/// A request, and when it was sent, counted from the start.
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) request: SignedRequest,
}

#[derive(Clone)]
pub(crate) struct MockApi(Rc<State>);

struct State {
    clock: MockClock,
    script: RefCell<Script>,
    sent: RefCell<Vec<Sent>>,
    /// The bodies of the requests that were answered, in the order of the answers.
    answered: RefCell<Vec<String>>,
    open: Cell<usize>,
    most_open: Cell<usize>,
    /// Requests that were dropped before they had an answer.
    dropped: Cell<usize>,
}

enum Script {
    /// For all requests in their order; one request more is an error.
    InOrder(VecDeque<Reply>),
    /// By the body of the request; a request more is answered with its payout.
    ByBody(BTreeMap<String, VecDeque<Reply>>),
}

impl MockApi {
    pub(crate) fn in_order(script: impl IntoIterator<Item = Reply>) -> Self {
        Self::new(Script::InOrder(script.into_iter().collect()))
    }

    pub(crate) fn by_payout(scripts: impl IntoIterator<Item = (PayoutQuery, Vec<Reply>)>) -> Self {
        let scripts = scripts.into_iter().map(|(query, script)| (query.body().to_owned(), script.into()));
        Self::new(Script::ByBody(scripts.collect()))
    }

    fn new(script: Script) -> Self {
        Self(Rc::new(State {
            clock: MockClock::default(),
            script: RefCell::new(script),
            sent: RefCell::default(),
            answered: RefCell::default(),
            open: Cell::default(),
            most_open: Cell::default(),
            dropped: Cell::default(),
        }))
    }

    pub(crate) fn client(&self) -> Client<Self, MockClock> {
        self.client_with(Settings::default())
    }

    pub(crate) fn client_with(&self, settings: Settings) -> Client<Self, MockClock> {
        Client::new(self.clone(), self.0.clock.clone(), SIGNER.clone(), account(), settings)
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.0.clock.run(future)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.clock.elapsed()
    }

    pub(crate) fn sent(&self) -> Ref<'_, Vec<Sent>> {
        self.0.sent.borrow()
    }

    pub(crate) fn sent_for(&self, query: &PayoutQuery) -> Vec<Duration> {
        self.sent().iter().filter(|sent| sent.request.body == query.body()).map(|sent| sent.at).collect()
    }

    /// The pauses between the requests, if their replies take no time.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.sent().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }

    pub(crate) fn answered(&self) -> Ref<'_, Vec<String>> {
        self.0.answered.borrow()
    }

    pub(crate) fn open(&self) -> usize {
        self.0.open.get()
    }

    pub(crate) fn most_open(&self) -> usize {
        self.0.most_open.get()
    }

    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.get()
    }

    /// How many replies of a script in order were not needed.
    pub(crate) fn left(&self) -> usize {
        match &*self.0.script.borrow() {
            Script::InOrder(script) => script.len(),
            Script::ByBody(_) => panic!("the script has no order"),
        }
    }

    fn next_reply(&self, body: &str) -> Reply {
        match &mut *self.0.script.borrow_mut() {
            Script::InOrder(script) => script.pop_front().expect("one request more than in the script"),
            Script::ByBody(scripts) => {
                scripts.get_mut(body).and_then(VecDeque::pop_front).unwrap_or_else(Reply::payout)
            }
        }
    }
}

impl Transport for MockApi {
    async fn send(&self, request: &SignedRequest) -> Result<Response, TransportError> {
        let state = &*self.0;
        state.sent.borrow_mut().push(Sent { at: self.elapsed(), request: request.clone() });
        let reply = self.next_reply(&request.body);
        let open = Open::begin(state);
        match reply.takes {
            Some(time) => state.clock.sleep(time).await,
            None => pending().await,
        }
        open.end();
        state.answered.borrow_mut().push(request.body.clone());
        state.clock.put_back(reply.clock_back);
        reply.outcome.unwrap_or_else(|| {
            // {"id":"1"} becomes {"id":"1","payment_status":"paid"}.
            let body = request.body.replace('}', r#","payment_status":"paid"}"#);
            Ok(Response { status: 200, retry_after: None, body: body.into(), truncated: false })
        })
    }
}

/// A request that is open until it ends or is dropped.
struct Open<'a> {
    state: &'a State,
    is_answered: bool,
}

impl<'a> Open<'a> {
    fn begin(state: &'a State) -> Self {
        state.open.set(state.open.get() + 1);
        state.most_open.set(state.most_open.get().max(state.open.get()));
        Self { state, is_answered: false }
    }

    fn end(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.state.open.set(self.state.open.get() - 1);
        if !self.is_answered {
            self.state.dropped.set(self.state.dropped.get() + 1);
        }
    }
}
