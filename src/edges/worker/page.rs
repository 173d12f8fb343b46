//! `GET /`: the document for people, and a form that looks up one payout.
//!
//! The page is static: it reads `/openapi.json`, and asks for a payout as any other client does.

use super::file::File;

/// Nothing but the Worker's own files and answers: no inline script, no frame, no form that leaves the page, and no text that
/// becomes markup (<https://www.w3.org/TR/CSP3/>, <https://www.w3.org/TR/trusted-types/>).
const HEADERS: &[(&str, &str)] = &[
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const ICON: &str = "image/svg+xml";

static FILES: [File; 6] = [
    File::new("/", HTML, HEADERS, include_str!("page/index.html")),
    File::new("/page/documentation.js", SCRIPT, HEADERS, include_str!("page/documentation.js")),
    File::new("/page/element.js", SCRIPT, HEADERS, include_str!("page/element.js")),
    File::new("/page/icon.svg", ICON, HEADERS, include_str!("page/icon.svg")),
    File::new("/page/lookup.js", SCRIPT, HEADERS, include_str!("page/lookup.js")),
    File::new("/page/style.css", STYLE, HEADERS, include_str!("page/style.css")),
];

/// The page, or one of its files.
pub(super) fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path() == path)
}
