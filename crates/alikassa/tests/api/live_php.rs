//! PHP itself, with random input. If PHP is not installed, these tests are skipped; the vectors are from PHP too.

#![allow(clippy::print_stderr)]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use alikassa::{Digest, PayoutQuery, PrivateKey, Signer, php_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
use serde::Deserialize;
use serde_json::json;

use crate::pem::base64_lines;
use crate::vectors::{KeyRecord, key_text, load, path};

/// Questions for each of the scripts.
const QUESTIONS: usize = 300;

/// A running script that answers each line with a line.
pub(crate) struct Php {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Php {
    /// `None`, with a message, if PHP or one of its extensions is not installed.
    pub(crate) fn start(script: &str) -> Option<Self> {
        let modules = Command::new("php").arg("-m").output().map(|output| output.stdout).unwrap_or_default();
        let modules = String::from_utf8_lossy(&modules).to_lowercase();
        if !["json", "openssl"].iter().all(|wanted| modules.lines().any(|module| module.trim() == *wanted)) {
            eprintln!("{script}: there is no php with json and openssl on the PATH, so it is not asked");
            return None;
        }
        let mut command = Command::new("php");
        command.arg(path("make").join(script)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("php starts");
        let questions = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Some(Self { process, questions, answers })
    }

    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.questions, "{question}").expect("php reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("php writes");
        assert!(answer.ends_with('\n'), "php stopped at {question}");
        answer.trim_end().to_owned()
    }

    pub(crate) fn end(self) {
        let Self { mut process, questions, .. } = self;
        drop(questions);
        assert!(process.wait().expect("php ends").success());
    }
}

/// SplitMix64. A failure names the seed.
pub(crate) struct Random {
    pub(crate) seed: u64,
    state: u64,
}

impl Random {
    pub(crate) fn new() -> Self {
        let seed = RandomState::new().build_hasher().finish();
        Self { seed, state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(crate) fn text(&mut self, most: usize) -> String {
        (0..self.below(most + 1))
            .map(|_| {
                let limit = *self.pick(&[0x20, 0x80, 0x800, 0x1_0000, 0x11_0000]);
                char::from_u32(self.below(limit) as u32).unwrap_or('/')
            })
            .collect()
    }

    /// Random JSON with random blanks.
    pub(crate) fn json(&mut self, depth: usize) -> String {
        let blank = *self.pick(&["", "", " ", "\n\t", "\r\n"]);
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => (*self.pick(&["null", "true", "false"])).to_owned(),
            1 => (self.next() as i64).to_string(),
            2 => format!("{}{}", self.next(), self.next()),
            3 => format!("{:e}", f64::from_bits(self.next())).replace("NaN", "1").replace("inf", "2"),
            4 => format!("{}.{:03}e{}", self.next() as i32, self.below(1000), self.below(40) as i32 - 20),
            5 => serde_json::to_string(&self.text(12)).unwrap(),
            6 => {
                let items: Vec<String> = (0..self.below(5)).map(|_| self.json(depth - 1)).collect();
                format!("[{blank}{}{blank}]", items.join(&format!("{blank},")))
            }
            _ => {
                let fields: Vec<String> = (0..self.below(5))
                    .map(|_| format!("{}{blank}:{}", json!(self.text(3)), self.json(depth - 1)))
                    .collect();
                format!("{{{blank}{}{blank}}}", fields.join(&format!("{blank},")))
            }
        }
    }
}

#[test]
fn writes_the_same_json_as_php() {
    let Some(mut php) = Php::start("encode.php") else { return };
    let mut random = Random::new();
    let mut written = 0;
    for _ in 0..QUESTIONS {
        let json = random.json(4);
        let answer = php.ask(&STANDARD.encode(&json));
        let ours = php_json::reencode(&json);
        if let Some(error) = answer.strip_prefix("error: ") {
            assert!(ours.is_err(), "seed {}: PHP refuses {json:?} ({error}), we write {ours:?}", random.seed);
        } else {
            let theirs = String::from_utf8(STANDARD.decode(&answer).unwrap()).unwrap();
            assert_eq!(ours, Ok(theirs), "seed {}: {json}", random.seed);
            written += 1;
        }
    }
    assert!(written > QUESTIONS / 2, "seed {}: {written}", random.seed);
    php.end();
}

#[test]
fn makes_signatures_that_php_verifies() {
    let Some(mut php) = Php::start("verify.php") else { return };
    let mut random = Random::new();
    for (file, count) in [("plain-1024.pem", 200), ("plain-2048.pem", 80), ("plain-4096.pem", 10)] {
        let pem = key_text(file);
        let public = rsa::PrivateKey::from_pkcs8_pem(&pem).unwrap().to_public_key();
        let public_pem = public.to_public_key_pem(LineEnding::LF).unwrap();
        for digest in [Digest::Sha1, Digest::Sha256] {
            let signer = Signer::new(PrivateKey::from_pem(&pem, None).unwrap(), digest);
            for _ in 0..count / 2 {
                let order_id = format!("a{}", random.text(100));
                let body = PayoutQuery::order_id(order_id).unwrap().body().to_owned();
                let mut question = json!({
                    "public_pem": public_pem, "message": STANDARD.encode(&body),
                    "signature": signer.sign(body.as_bytes()).unwrap(), "digest": digest.as_str(),
                });
                assert_eq!(php.ask(&question.to_string()), "ok", "seed {}: {file}, {body}", random.seed);
                question["message"] = json!(STANDARD.encode(format!("{body} ")));
                assert_eq!(php.ask(&question.to_string()), "not", "seed {}: {file}, {body}", random.seed);
            }
        }
    }
    php.end();
}

/// The PEM with other line breaks, blanks and surrounding text.
fn rewritten(random: &mut Random, pem: &str) -> String {
    let headed = pem.contains("Proc-Type");
    let body = base64_lines(pem).concat();
    // OpenSSL reads lines of the traditional form only with 64 characters.
    let width = if headed { 64 } else { 1 + random.below(100) };
    let lines: Vec<&str> = body.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let mut text = pem.lines().take_while(|line| base64_lines(line).is_empty()).collect::<Vec<_>>().join("\n") + "\n";
    text += &(lines.join("\n") + "\n" + pem.lines().last().unwrap());
    let end = *random.pick(&["\n", "\r\n", " \n", "\t\r\n", "\n\n"]);
    let before = ["", "", "\n\n", "Bag Attributes\n", "\u{feff}", "a line: of text\n", "-----BEGIN\n"];
    let after = ["", "", "\n", "\r\n", "\nbye\n", "\n-----END"];
    format!("{}{}{}", random.pick(&before), text.replace('\n', end), random.pick(&after))
}

#[derive(Deserialize)]
struct Opened {
    opens: bool,
    fingerprint: Option<String>,
}

#[test]
fn opens_what_php_opens() {
    let Some(mut php) = Php::start("open.php") else { return };
    let mut random = Random::new();
    let keys: Vec<KeyRecord> = load::<KeyRecord>("keys.json")
        .into_iter()
        .filter(|record| record.bits <= 2048 && !record.file.contains("iter-1000") && !record.file.contains("scrypt"))
        .filter(|record| record.php && !record.file.starts_with("pbe-"))
        .collect();
    let mut opened = 0;
    for _ in 0..QUESTIONS {
        let record = random.pick(&keys);
        let pem = rewritten(&mut random, &key_text(&record.file));
        let mut password = record.password.clone();
        match random.below(6) {
            0 => password = Some(random.text(20)),
            // PHP truncates a password after 1024 bytes.
            1 => password = password.map(|password| if password.len() < 1024 { password + "x" } else { password }),
            2 => password = None,
            _ => {}
        }
        let question =
            json!({"pem": STANDARD.encode(&pem), "password": password.as_ref().map(|it| STANDARD.encode(it))});
        let answer: Opened = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let ours = PrivateKey::from_pem(&pem, password.as_ref().map(String::as_bytes));
        let context = format!("seed {}: {} with {password:?}\n{pem}", random.seed, record.file);
        if answer.opens {
            opened += 1;
            let ours = ours.unwrap_or_else(|error| panic!("{context}\nPHP opens it, we say: {error}"));
            assert_eq!(Some(ours.fingerprint()), answer.fingerprint.as_deref(), "{context}");
        } else if let Ok(ours) = ours {
            // We read more texts than OpenSSL, but never with a wrong password.
            let right = password.is_none() || record.password.is_none() || password == record.password;
            assert!(right && ours.fingerprint() == record.fingerprint, "{context}");
        }
    }
    assert!(opened > QUESTIONS / 4, "seed {}: {opened}", random.seed);
    php.end();
}
