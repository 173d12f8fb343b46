//! One file for each route.

mod batch;
mod events;
mod follow;
pub(crate) mod health;
mod history;
mod page;
mod payouts;
mod redeliver;
mod status;
pub(crate) mod webhook;

use super::http::problem::Problem;
use super::http::reply::Reply;
use super::http::route::Route;
use super::operation::Operation;

/// Does what a route for authorized callers does.
pub(crate) async fn perform(route: Route, operation: &Operation<'_>) -> Result<Reply, Problem> {
    match route {
        Route::Status => status::perform(operation).await,
        Route::Batch => batch::perform(operation).await,
        Route::Follow => follow::perform(operation).await,
        Route::History => history::perform(operation).await,
        Route::Payouts => payouts::perform(operation).await,
        Route::Events => events::perform(operation).await,
        Route::Redeliver | Route::RedeliverRange => redeliver::perform(operation).await,
        // Their callers have no token.
        Route::Webhook | Route::Health => Err(Problem::internal()),
    }
}
