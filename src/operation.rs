//! What an authorized caller asks for, by HTTP or by RPC.

use alikassa::{InvalidRequest, PayoutQuery};

use super::app::App;
use super::http::problem::Problem;
use super::http::request::{Method, Request};
use super::http::route::event_number;
use super::ledger::binding::LedgerBinding;
use super::payouts::PayoutReader;
use super::upstream::AccountClient;

/// The parameters of an operation.
pub(crate) enum Input {
    /// The JSON of a body, or of the argument of an RPC method.
    Json(Vec<u8>),
    /// The names and values of a query string, or of such an argument.
    Pairs(Result<Vec<(String, String)>, InvalidRequest>),
    /// The number of an event.
    Event(i64),
}

impl Input {
    /// What a request has.
    pub(crate) async fn read(request: &Request) -> Result<Self, Problem> {
        Ok(match (event_number(&request.path()), request.method()) {
            (Some(seq), _) => Self::Event(seq),
            (None, Method::Post) => Self::Json(request.json_body().await?),
            (None, _) => Self::Pairs(request.query()),
        })
    }
}

/// An operation on one account, and its parameters.
pub(crate) struct Operation<'a> {
    pub(crate) app: &'a App,
    pub(crate) client: &'a AccountClient,
    pub(crate) input: Input,
    /// Whether to ask AliKassa even if the ledger knows that the payout is final.
    pub(crate) is_bypassed: bool,
    /// The `CF-Ray` of the request, for the log.
    pub(crate) ray: Option<&'a str>,
}

impl Operation<'_> {
    /// The JSON, or nothing.
    pub(crate) fn json(&self) -> &[u8] {
        if let Input::Json(json) = &self.input { json } else { &[] }
    }

    /// The payout that is asked for.
    pub(crate) fn query(&self) -> Result<PayoutQuery, Problem> {
        let query = match &self.input {
            Input::Pairs(Ok(pairs)) => {
                PayoutQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value.as_str())))
            }
            Input::Pairs(Err(error)) => Err(error.clone()),
            _ => PayoutQuery::from_json(self.json()),
        };
        query.map_err(|error| Problem::invalid_request(&error))
    }

    /// Reads payouts.
    pub(crate) fn payouts(&self) -> Result<PayoutReader<'_>, Problem> {
        Ok(self.app.config()?.payouts(self.client, self.is_bypassed, self.ray))
    }

    /// The ledger, which must be there.
    pub(crate) fn ledger(&self) -> Result<LedgerBinding, Problem> {
        self.app.config()?.required_ledger(self.client)
    }
}
