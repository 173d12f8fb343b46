//! Asks AliKassa what became of one payout.
//!
//! ```sh
//! cargo run -p alikassa-edge-reqwest -- DIR ACCOUNT id 100000536
//! cargo run -p alikassa-edge-reqwest -- DIR ACCOUNT order_id 6422494
//! ```
//!
//! `DIR` holds the unpacked archive from AliKassa's cabinet, `private.pem` and `password.txt`, and `ACCOUNT` is the account's
//! UUID. `ALIKASSA_BASE_URL` leads to another host than AliKassa's, `ALIKASSA_TIMEOUT_MS` sets another time limit than 30000.
//!
//! The exit status is 0 if the payout was answered (its JSON is on standard output), 1 if its state is unknown, 2 if nothing
//! could be asked.

mod transport;

use std::env;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use alikassa_edge::{ADVICE, Account, Digest, Gateway, PayoutQuery, PrivateKey, Settings, Signer};

use crate::transport::Reqwest;

const USAGE: &str = "usage: payout-status DIR ACCOUNT id|order_id VALUE";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        // Nothing was sent. Each of these errors says what is wrong and what to do.
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
    let gateway = Gateway::new(Reqwest::new()?, &signer, &account, &settings);
    match runtime.block_on(gateway.payout_status(&query)) {
        Ok(payout) => {
            println!("{}", serde_json::to_string(&payout)?);
            Ok(ExitCode::SUCCESS)
        }
        // Neither failed nor paid. A program that moves money must leave the payout as it is.
        Err(error) => {
            eprintln!("{}: {error}\n{ADVICE}", error.code());
            Ok(ExitCode::from(1))
        }
    }
}

/// The key of an unpacked archive. A key in the clear needs no `password.txt`.
fn open(folder: &Path) -> Result<PrivateKey, Box<dyn Error>> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| (error.kind(), format!("{}: {error}", path.display())))
    };
    let pem = read("private.pem").map_err(|(_, message)| message)?;
    let password = match read("password.txt") {
        Ok(password) => Some(password),
        Err((ErrorKind::NotFound, _)) => None,
        Err((_, message)) => return Err(message.into()),
    };
    let key = PrivateKey::from_pem(pem, password.as_deref());
    Ok(key.map_err(|error| format!("{}: {error}", folder.join("private.pem").display()))?)
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
