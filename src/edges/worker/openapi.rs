//! `GET /openapi.json`: all routes, answers and codes, as OpenAPI 3.1 (<https://spec.openapis.org/oas/v3.1.1.html>).

use super::file::File;
use super::reply::Reply;
use super::request::Request;

/// Put together here from a file for each subject, so that it costs nothing when it is asked for.
static DOCUMENT: File = File::new(
    "/openapi.json",
    "application/json",
    &[],
    concat!(
        r#"{"openapi":"3.1.1","info":"#,
        include_str!("openapi/info.json"),
        r#","servers":[{"url":"/"}],"security":[{"token":[]}],"tags":"#,
        include_str!("openapi/tags.json"),
        r#","paths":{"/v1/payout/status":"#,
        include_str!("openapi/paths/status.json"),
        r#","/v1/payout/status/batch":"#,
        include_str!("openapi/paths/batch.json"),
        r#","/healthz":"#,
        include_str!("openapi/paths/health.json"),
        r#","/openapi.json":"#,
        include_str!("openapi/paths/openapi.json"),
        r#","/":"#,
        include_str!("openapi/paths/page.json"),
        r#","/page/{file}":"#,
        include_str!("openapi/paths/page_file.json"),
        r#"},"components":{"schemas":{"Payout":"#,
        include_str!("openapi/schemas/payout.json"),
        r#","PayoutQuery":"#,
        include_str!("openapi/schemas/payout_query.json"),
        r#","Batch":"#,
        include_str!("openapi/schemas/batch.json"),
        r#","BatchQuery":"#,
        include_str!("openapi/schemas/batch_query.json"),
        r#","Health":"#,
        include_str!("openapi/schemas/health.json"),
        r#","UnknownPayout":"#,
        include_str!("openapi/schemas/unknown_payout.json"),
        r#","Problem":"#,
        include_str!("openapi/schemas/problem.json"),
        r#","ProblemFields":"#,
        include_str!("openapi/schemas/problem_fields.json"),
        r#","Code":"#,
        include_str!("openapi/schemas/code.json"),
        r#"},"responses":"#,
        include_str!("openapi/components/responses.json"),
        r#","parameters":"#,
        include_str!("openapi/components/parameters.json"),
        r#","headers":"#,
        include_str!("openapi/components/headers.json"),
        r#","securitySchemes":"#,
        include_str!("openapi/components/security_schemes.json"),
        "}}",
    ),
);

pub(super) fn answer(request: &Request) -> Reply {
    DOCUMENT.answer(request)
}
