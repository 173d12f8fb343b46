//! The example `payout-status` as a person runs it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use alikassa::ADVICE;
use http_server::{Connection, HttpServer};

#[allow(dead_code, reason = "shared with the tests of the transport")]
#[path = "api/http_server.rs"]
mod http_server;

const ACCOUNT: &str = "93d5df06-996c-48c3-9847-348d6b580b80";
const PASSWORD: &str = "Secret-2048";

/// A folder with the archive, removed on drop.
struct Archive(PathBuf);

impl Archive {
    fn new(name: &str, password: &str) -> Self {
        let folder = env::temp_dir().join(format!("alikassa-{}-{name}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/keys/php-3des-2048.pem");
        fs::copy(key, folder.join("private.pem")).unwrap();
        fs::write(folder.join("password.txt"), format!("{password}\n")).unwrap();
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Exit status, standard output and standard error.
fn run(args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    // target/<profile>/deps/example-<hash> and target/<profile>/examples/payout-status
    let profile = env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().to_owned();
    let program = profile.join("examples").join(format!("payout-status{}", env::consts::EXE_SUFFIX));
    let output = Command::new(&program).args(args).env_clear().envs(variables.iter().copied()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}: build the examples first", program.display()));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn prints_the_payout() {
    let archive = Archive::new("paid", PASSWORD);
    for (field, value, status, is_final) in [("id", "100000536", "paid", true), ("order_id", "6422494", "wait", false)]
    {
        let body = format!(r#"{{"id":"100000536","order_id":"6422494","payment_status":"{status}"}}"#);
        let server = HttpServer::start([Connection::respond("200 OK", "", &body)]);
        let outcome = run(&[archive.path(), ACCOUNT, field, value], &[("ALIKASSA_BASE_URL", &server.url)]);
        let printed = body.replace('}', &format!(",\"is_final\":{is_final}}}\n"));
        assert_eq!(outcome, (Some(0), printed, String::new()));
        assert!(server.requests()[0].ends_with(&format!(r#"{{"{field}":"{value}"}}"#)));
    }
}

#[test]
fn exits_with_1_and_the_advice_if_the_state_is_unknown() {
    let archive = Archive::new("unknown", PASSWORD);
    for (connection, code) in [
        (Connection::respond("500 Internal Server Error", "", r#"{"payment_status":"fail"}"#), "upstream_status"),
        (Connection::respond("200 OK", "", "<html>"), "upstream_invalid"),
        (Connection::respond("200 OK", "", r#"{"id":"1","payment_status":"fail"}"#), "upstream_invalid"),
        (Connection::Hang, "upstream_timeout"),
    ] {
        let server = HttpServer::start([connection]);
        let variables = [("ALIKASSA_BASE_URL", server.url.as_str()), ("ALIKASSA_TIMEOUT_MS", "1000")];
        let (status, stdout, stderr) = run(&[archive.path(), ACCOUNT, "id", "100000536"], &variables);
        assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.starts_with(code) && stderr.contains(ADVICE), "{stderr}");
        assert!(!stderr.contains("payment_status") && !stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn exits_with_2_and_one_line_if_it_can_not_ask() {
    let (archive, other) = (Archive::new("usage", PASSWORD), Archive::new("password", "another password"));
    let server = HttpServer::start([]);
    let (folder, nowhere) = (archive.path(), format!("{}/nowhere", archive.path()));
    let ask = [folder, ACCOUNT, "id", "1"];
    let url = ("ALIKASSA_BASE_URL", server.url.as_str());
    for (args, variables, expected) in [
        (&[][..], vec![url], "usage: "),
        (&[folder, ACCOUNT, "orderId", "1"], vec![url], "usage: "),
        (&[folder, ACCOUNT, "id", ""], vec![url], "\"id\" is empty"),
        (&[folder, "two words", "id", "1"], vec![url], "account's UUID"),
        (&[&nowhere, ACCOUNT, "id", "1"], vec![url], "nowhere/private.pem: "),
        (&[other.path(), ACCOUNT, "id", "1"], vec![url], "/password.txt does not decrypt "),
        (&ask, vec![("ALIKASSA_BASE_URL", "http://example.com")], "must be https"),
        (&ask, vec![url, ("ALIKASSA_TIMEOUT_MS", "soon")], "ALIKASSA_TIMEOUT_MS"),
    ] {
        let (status, stdout, stderr) = run(args, &variables);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(expected) && stderr.trim_end().lines().count() == 1, "{stderr}");
        assert!(!stderr.contains("another password"), "{stderr}");
    }
    assert!(server.requests().is_empty());
}
