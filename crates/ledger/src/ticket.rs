//! Tickets: the order in which AliKassa was asked.

use crate::timestamp::Timestamp;

/// Permission to ask AliKassa, which orders the answers by when they were asked for.
///
/// It is taken before the request. Its number does not depend on a clock, so that a clock that jumps changes no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Greater than that of every ticket that was taken before.
    pub number: i64,
    /// When it was taken.
    pub asked_at: Timestamp,
}
