//! Asks AliKassa for the status of one payout.
//!
//! ```sh
//! cargo run -p alikassa --features reqwest --example payout-status -- DIR ACCOUNT id 100000536
//! cargo run -p alikassa --features reqwest --example payout-status -- DIR ACCOUNT order_id 6422494
//! ```
//!
//! `DIR` holds the unpacked archive from AliKassa's cabinet, `private.pem` and `password.txt`, and `ACCOUNT` is the account's
//! UUID. `ALIKASSA_BASE_URL` sets another base URL than AliKassa's, `ALIKASSA_TIMEOUT_MS` another timeout than 30000.
//!
//! The exit status is 0 if AliKassa answered with the payout (its JSON is on standard output), 1 if the payout's state is unknown, and
//! 2 if no request was sent.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::env;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use alikassa::reqwest::{ReqwestTransport, TokioClock};
use alikassa::{ADVICE, Account, Client, Digest, KeyError, PayoutQuery, PrivateKey, Settings, Signer};

const USAGE: &str = "usage: payout-status DIR ACCOUNT id|order_id VALUE";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        // No request was sent.
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [folder, account, field, value] = args.as_slice() else { return Err(USAGE.into()) };
    let query = match field.as_str() {
        "id" => PayoutQuery::id(value)?,
        "order_id" => PayoutQuery::order_id(value)?,
        _ => return Err(USAGE.into()),
    };
    let account: Account = account.parse()?;
    let settings = settings()?;
    let signer = Signer::new(open(Path::new(folder))?, Digest::Sha1);

    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "another TLS provider was installed before")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let client = Client::new(ReqwestTransport::new()?, TokioClock, signer, account, settings);
    match runtime.block_on(client.payout_status(&query)) {
        Ok(payout) => {
            println!("{}", serde_json::to_string(&payout)?);
            Ok(ExitCode::SUCCESS)
        }
        // Unknown is neither failed nor paid: a program that moves money leaves the payout as it is.
        Err(error) => {
            eprintln!("{}: {error}\n{ADVICE}", error.request_error().code());
            Ok(ExitCode::from(1))
        }
    }
}

/// The key of an unpacked archive. An unencrypted key needs no `password.txt`.
fn open(folder: &Path) -> Result<PrivateKey, Box<dyn Error>> {
    let (private_pem, password_txt) = (folder.join("private.pem"), folder.join("password.txt"));
    let pem = fs::read(&private_pem).map_err(|error| format!("{}: {error}", private_pem.display()))?;
    let password = match fs::read(&password_txt) {
        Ok(password) => Some(password),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{}: {error}", password_txt.display()).into()),
    };
    let message =
        |error: KeyError| error.message(&private_pem.display().to_string(), &password_txt.display().to_string());
    Ok(PrivateKey::from_pem(pem, password.as_deref()).map_err(message)?)
}

fn settings() -> Result<Settings, Box<dyn Error>> {
    let mut settings = Settings::default();
    if let Ok(url) = env::var("ALIKASSA_BASE_URL") {
        settings.base_url = url.parse()?;
    }
    if let Ok(milliseconds) = env::var("ALIKASSA_TIMEOUT_MS") {
        let milliseconds = milliseconds.parse().map_err(|_| "ALIKASSA_TIMEOUT_MS must be a number of milliseconds")?;
        settings.timeout = Duration::from_millis(milliseconds);
    }
    Ok(settings)
}
