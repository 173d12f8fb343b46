//! The parameters of a route that answers with a page: a cursor, a limit, and the route's own.

use crate::http::problem::Problem;
use crate::operation::{Input, Operation};

/// How many items a page has at most.
const MAX_LIMIT: i64 = 100;

/// How many it has unless the request says otherwise.
const DEFAULT_LIMIT: i64 = 50;

/// The query string of a route, in which each parameter may be there once.
pub(super) struct Parameters {
    pub(super) after: Cursor,
    pub(super) limit: u32,
    pub(super) state: Option<String>,
}

/// Where a page begins.
pub(super) enum Cursor {
    /// At the beginning.
    Start,
    /// After an item.
    After(i64),
    /// After the newest event.
    Latest,
}

impl Parameters {
    /// Fails for an unknown parameter. `has_state` says whether the route takes `state`.
    pub(super) fn read(operation: &Operation<'_>, has_state: bool) -> Result<Self, Problem> {
        let pairs = match &operation.input {
            Input::Pairs(Ok(pairs)) => pairs.as_slice(),
            Input::Pairs(Err(error)) => return Err(Problem::invalid_parameter(error.to_string())),
            _ => &[],
        };
        let (mut after, mut limit, mut state) = (None, None, None);
        for (name, value) in pairs {
            let is_new = match name.as_str() {
                "after" if value == "latest" && !has_state => after.replace(Cursor::Latest).is_none(),
                "after" => after.replace(Cursor::After(number("after", value, 0, i64::MAX)?)).is_none(),
                "limit" => limit.replace(number("limit", value, 1, MAX_LIMIT)?).is_none(),
                "state" if has_state => state.replace(value.clone()).is_none(),
                _ => {
                    let known =
                        if has_state { "\"state\", \"after\" and \"limit\"" } else { "\"after\" and \"limit\"" };
                    return Err(Problem::invalid_parameter(format!("The parameters of this route are {known}.")));
                }
            };
            if !is_new {
                return Err(Problem::invalid_parameter(format!("\"{name}\" is there twice.")));
            }
        }
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let after = after.unwrap_or(Cursor::Start);
        Ok(Self { after, limit: u32::try_from(limit).unwrap_or_default(), state })
    }
}

/// A whole number of at most 15 digits, which JavaScript holds exactly.
fn number(name: &str, value: &str, min: i64, max: i64) -> Result<i64, Problem> {
    let is_number = (1..=15).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { value.parse().ok() } else { None };
    number.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
        Problem::invalid_parameter(match max {
            i64::MAX => format!("\"{name}\" must be a cursor from an earlier answer: a whole number."),
            _ => format!("\"{name}\" must be a whole number from {min} to {max}."),
        })
    })
}
