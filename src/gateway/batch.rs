//! Many payouts at a time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use super::client::Gateway;
use super::error::GatewayError;
use super::transport::{Transport, deadline};
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
        let deadline = deadline(self.transport.now(), self.settings.timeout);
        let next = Cell::new(0);
        let answers = RefCell::new(Vec::with_capacity(queries.len()));
        // Each lane takes the next query that nobody has taken, until there is none.
        let lane = || async {
            while let Some(query) = queries.get(next.get()) {
                let place = next.replace(next.get() + 1);
                let left = deadline.duration_since(self.transport.now()).unwrap_or_default();
                let answer = self.payout_status_within(query, left.min(self.settings.timeout)).await;
                answers.borrow_mut().push((place, answer));
            }
        };
        join((0..CONCURRENCY).map(|_| lane()).collect()).await;
        let mut answers = answers.into_inner();
        answers.sort_by_key(|(place, _)| *place);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
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
