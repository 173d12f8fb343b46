//! A file that is part of the Worker: the same for everybody, so that a browser may keep it.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::reply::Reply;
use super::request::Request;

pub(super) struct File {
    path: &'static str,
    content_type: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// Made from the body when it is first asked for.
    tag: OnceLock<String>,
}

impl File {
    /// `headers` are sent with it, beside those that every answer has.
    pub(super) const fn new(
        path: &'static str,
        content_type: &'static str,
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
    ) -> Self {
        Self { path, content_type, headers, body, tag: OnceLock::new() }
    }

    pub(super) fn path(&self) -> &'static str {
        self.path
    }

    /// The file, or 304 where the browser has this very one (RFC 9110 section 13.1.2). It asks each time: the files of two
    /// versions of the Worker don't fit together.
    pub(super) fn answer(&self, request: &Request) -> Reply {
        let tag = self.tag.get_or_init(|| format!("\"{}\"", STANDARD.encode(Sha256::digest(self.body))));
        let is_known = request.header("If-None-Match").is_some_and(|tags| is_among(tag, &tags));
        let reply = if is_known { Reply::not_modified() } else { Reply::ok(self.content_type, self.body) };
        let reply = reply.header("Cache-Control", "no-cache").header("ETag", tag);
        self.headers.iter().fold(reply, |reply, (name, value)| reply.header(name, *value))
    }
}

/// Whether a tag is in a list of them, or the list is of all there are. Cloudflare makes a tag weak where it compresses.
fn is_among(tag: &str, list: &str) -> bool {
    let mut tags = list.split(',').map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
