//! Many payouts at a time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use super::client::{Gateway, Progress};
use super::error::GatewayError;
use super::transport::{Transport, within};
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// How many are asked for at once: a Worker has no more open connections than six.
const CONCURRENCY: usize = 6;

impl<T: Transport> Gateway<'_, T> {
    /// What became of each of these payouts, in the same order.
    ///
    /// At most six are asked for at once, and [`Settings::timeout`](crate::Settings::timeout) is the time for all of them: one
    /// that is slow does not hold the others past it, and one that could not be asked for within it is a time limit of its own.
    ///
    /// ```
    /// # use alikassa_edge::{Gateway, PayoutQuery, Transport};
    /// async fn report<T: Transport>(gateway: &Gateway<'_, T>, queries: &[PayoutQuery]) {
    ///     for (query, answer) in queries.iter().zip(gateway.payout_statuses(queries).await) {
    ///         match answer {
    ///             Ok(payout) => println!("{}: {}", query.value(), payout.payment_status()),
    ///             Err(error) => println!("{}: {error}", query.value()), // unknown
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn payout_statuses(&self, queries: &[PayoutQuery]) -> Vec<Result<Payout, GatewayError>> {
        let limit = self.settings.timeout;
        let deadline = self.deadline();
        let calls: Vec<Call> = queries
            .iter()
            .map(|query| Call { query, progress: Progress::default(), answer: RefCell::default() })
            .collect();
        let next = Cell::new(0);
        // Each lane takes the next query that nobody has taken, until there is none.
        let lane = || async {
            while let Some(call) = calls.get(next.replace(next.get() + 1)) {
                let answer = self.ask_status(call.query, deadline, &call.progress).await;
                call.answer.replace(Some(answer));
            }
        };
        // One timer over all lanes: what it ends keeps its attempts, what was never begun has none.
        let _ = within(self.transport.wait(limit), join((0..CONCURRENCY).map(|_| lane()).collect())).await;
        calls.iter().map(|call| call.answer.take().unwrap_or_else(|| Err(call.progress.time_is_over(limit)))).collect()
    }
}

/// One question of a batch, and how far it has come.
struct Call<'a> {
    query: &'a PayoutQuery,
    progress: Progress,
    answer: RefCell<Option<Result<Payout, GatewayError>>>,
}

/// Ends when all have ended.
async fn join<F: Future<Output = ()>>(lanes: Vec<F>) {
    let mut lanes: Vec<Pin<Box<F>>> = lanes.into_iter().map(Box::pin).collect();
    poll_fn(|context| {
        lanes.retain_mut(|lane| lane.as_mut().poll(context).is_pending());
        if lanes.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
