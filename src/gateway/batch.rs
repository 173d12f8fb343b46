//! Many payouts at a time.

use std::cell::RefCell;

use super::client::{Gateway, Progress};
use super::error::GatewayError;
use super::lanes::in_lanes;
use super::transport::{Transport, within};
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

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
        let work = in_lanes(&calls, async |call| {
            let answer = self.ask_status(call.query, deadline, &call.progress).await;
            call.answer.replace(Some(answer));
        });
        // One timer over all lanes: what it ends keeps its attempts, what was never begun has none.
        let _ = within(self.transport.wait(limit), work).await;
        calls.iter().map(|call| call.answer.take().unwrap_or_else(|| Err(call.progress.time_is_over(limit)))).collect()
    }
}

/// One question of a batch, and how far it has come.
struct Call<'a> {
    query: &'a PayoutQuery,
    progress: Progress,
    answer: RefCell<Option<Result<Payout, GatewayError>>>,
}
