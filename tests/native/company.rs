//! A scripted AliKassa for many questions at a time, with a clock of its own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use alikassa_edge::{
    Answer, Failure, Gateway, GatewayError, Payout, PayoutQuery, Settings, SignedRequest, Transport, Unreachable,
};

use crate::transport::Scripted;
use crate::vectors::{SIGNER, account};

pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// The most that may be under way.
pub(crate) const AT_ONCE: usize = 6;

pub(crate) type Outcome = Result<Payout, GatewayError>;

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What becomes of one request: how long it takes (`None` is for ever), and what it ends in (`None` is the payout itself).
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) takes: Option<Duration>,
    pub(crate) outcome: Option<Result<Answer, Unreachable>>,
    /// By how much the wall clock is put back meanwhile.
    pub(crate) clock_back: Duration,
}

pub(crate) fn payout() -> Reply {
    Reply { takes: Some(Duration::ZERO), ..Reply::default() }
}

pub(crate) fn status(status: u16) -> Reply {
    let answer = Answer { status, retry_after: None, body: Vec::new(), is_whole: true };
    Reply { outcome: Some(Ok(answer)), ..payout() }
}

pub(crate) fn body(body: &str) -> Reply {
    let answer = Answer { status: 200, retry_after: None, body: body.into(), is_whole: true };
    Reply { outcome: Some(Ok(answer)), ..payout() }
}

pub(crate) fn broken() -> Reply {
    Reply { outcome: Some(Err(Unreachable { code: None })), ..payout() }
}

pub(crate) fn hang() -> Reply {
    Reply::default()
}

impl Reply {
    pub(crate) fn takes(self, ms: u64) -> Self {
        Self { takes: Some(Duration::from_millis(ms)), ..self }
    }

    pub(crate) fn retry_after(mut self, value: &str) -> Self {
        if let Some(Ok(answer)) = &mut self.outcome {
            answer.retry_after = Some(value.to_owned());
        }
        self
    }
}

/// An AliKassa with a script for each payout, which counts. A payout without a script is answered at once.
#[derive(Clone)]
pub(crate) struct Company(pub(crate) Rc<State>);

pub(crate) struct State {
    pub(crate) clock: Scripted,
    pub(crate) scripts: RefCell<BTreeMap<String, VecDeque<Reply>>>,
    /// Which body was sent when.
    pub(crate) sent: RefCell<Vec<(Duration, String)>>,
    /// The bodies of what was answered, as the answers came.
    pub(crate) answered: RefCell<Vec<String>>,
    pub(crate) under_way: Cell<usize>,
    pub(crate) most_under_way: Cell<usize>,
    /// Requests that were dropped before they had an answer.
    pub(crate) dropped: Cell<usize>,
    pub(crate) retries_left: Cell<usize>,
    pub(crate) retries_asked_for: Cell<usize>,
    pub(crate) put_back: Cell<Duration>,
}

impl Company {
    pub(crate) fn new(scripts: impl IntoIterator<Item = (PayoutQuery, Vec<Reply>)>) -> Self {
        let scripts = scripts.into_iter().map(|(query, script)| (query.body().to_owned(), script.into())).collect();
        Self(Rc::new(State {
            clock: Scripted::new([]),
            scripts: RefCell::new(scripts),
            sent: RefCell::default(),
            answered: RefCell::default(),
            under_way: Cell::default(),
            most_under_way: Cell::default(),
            dropped: Cell::default(),
            retries_left: Cell::new(usize::MAX),
            retries_asked_for: Cell::default(),
            put_back: Cell::default(),
        }))
    }

    pub(crate) fn with_retries(self, retries: usize) -> Self {
        self.0.retries_left.set(retries);
        self
    }

    pub(crate) fn ask(&self, queries: &[PayoutQuery]) -> Vec<Outcome> {
        self.ask_with(&Settings::default(), queries)
    }

    pub(crate) fn ask_with(&self, settings: &Settings, queries: &[PayoutQuery]) -> Vec<Outcome> {
        let account = account();
        let gateway = Gateway::new(self.clone(), &SIGNER, &account, settings);
        let outcomes = self.0.clock.run(gateway.payout_statuses(queries));
        assert_eq!(outcomes.len(), queries.len());
        assert_eq!(self.0.under_way.get(), 0, "a request outlives the batch");
        assert!(self.most_under_way() <= AT_ONCE, "{} at once", self.most_under_way());
        outcomes
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.clock.elapsed()
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.0.most_under_way.get()
    }

    pub(crate) fn sent(&self) -> usize {
        self.0.sent.borrow().len()
    }

    pub(crate) fn sent_for(&self, query: &PayoutQuery) -> Vec<Duration> {
        self.0.sent.borrow().iter().filter(|(_, body)| body == query.body()).map(|(at, _)| *at).collect()
    }
}

impl Transport for Company {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        let state = &*self.0;
        state.sent.borrow_mut().push((state.clock.elapsed(), request.body.clone()));
        let script = state.scripts.borrow_mut().get_mut(&request.body).and_then(VecDeque::pop_front);
        let reply = script.unwrap_or_else(payout);
        let under_way = UnderWay::begin(state);
        match reply.takes {
            Some(time) => state.clock.wait(time).await,
            None => pending().await,
        }
        under_way.end();
        state.answered.borrow_mut().push(request.body.clone());
        state.put_back.set(state.put_back.get() + reply.clock_back);
        reply.outcome.unwrap_or_else(|| {
            // As the query names it: {"id":"1"} becomes {"id":"1","payment_status":"paid"}.
            let body = request.body.replace('}', r#","payment_status":"paid"}"#);
            Ok(Answer { status: 200, retry_after: None, body: body.into(), is_whole: true })
        })
    }

    async fn wait(&self, time: Duration) {
        self.0.clock.wait(time).await;
    }

    fn now(&self) -> SystemTime {
        self.0.clock.now() - self.0.put_back.get()
    }

    fn may_retry(&self) -> bool {
        self.0.retries_asked_for.set(self.0.retries_asked_for.get() + 1);
        let left = self.0.retries_left.get().checked_sub(1);
        self.0.retries_left.set(left.unwrap_or_default());
        left.is_some()
    }
}

/// A request that is under way until it ends or is dropped.
pub(crate) struct UnderWay<'a> {
    pub(crate) state: &'a State,
    pub(crate) is_answered: bool,
}

impl<'a> UnderWay<'a> {
    pub(crate) fn begin(state: &'a State) -> Self {
        state.under_way.set(state.under_way.get() + 1);
        state.most_under_way.set(state.most_under_way.get().max(state.under_way.get()));
        Self { state, is_answered: false }
    }

    pub(crate) fn end(mut self) {
        self.is_answered = true;
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.state.under_way.set(self.state.under_way.get() - 1);
        if !self.is_answered {
            self.state.dropped.set(self.state.dropped.get() + 1);
        }
    }
}

/// So many payouts, by `id` and by `order_id` in turn.
pub(crate) fn queries(count: usize) -> Vec<PayoutQuery> {
    let query =
        |number: usize| if number.is_multiple_of(2) { PayoutQuery::id } else { PayoutQuery::order_id }(number.to_string());
    (0..count).map(|number| query(number).unwrap()).collect()
}

/// The same script for each of them.
pub(crate) fn each(queries: &[PayoutQuery], script: &[Reply]) -> Company {
    Company::new(queries.iter().map(|query| (query.clone(), script.to_vec())))
}

/// Fails unless this is the answer to this question.
pub(crate) fn assert_payout(outcome: &Outcome, query: &PayoutQuery) {
    let payout = outcome.as_ref().unwrap_or_else(|error| panic!("{}: {error}", query.value()));
    let name = if query.field() == "id" { payout.id() } else { payout.order_id() };
    assert_eq!((name, payout.payment_status().as_str()), (Some(query.value()), "paid"));
}

pub(crate) fn assert_timeout(outcome: &Outcome) -> &GatewayError {
    let error = outcome.as_ref().expect_err("no payout");
    assert!(matches!(error.failure(), Failure::Timeout { .. }), "{error:?}");
    assert_eq!(error.code(), "upstream_timeout");
    error
}
