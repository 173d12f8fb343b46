//! An HTTP server with scripted replies, one connection after the other.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What happens on one connection.
pub(crate) enum Connection {
    /// The bytes of a response, after which the connection is closed.
    Respond(Vec<u8>),
    /// A body without an end.
    Endless,
    /// A byte of the body every 50 ms.
    Drip,
    /// No response until the client closes the connection.
    Hang,
    /// Closed with the request unread, so that the client gets an RST.
    Reset,
}

impl Connection {
    pub(crate) fn respond(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Respond(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into())
    }
}

pub(crate) struct HttpServer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl HttpServer {
    pub(crate) fn start(script: impl IntoIterator<Item = Connection>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, received): (Vec<_>, _) = (script.into_iter().collect(), Arc::clone(&requests));
        thread::spawn(move || {
            for connection in script {
                let (mut stream, _) = listener.accept().unwrap();
                if matches!(connection, Connection::Reset) {
                    stream.peek(&mut [0]).unwrap();
                    received.lock().unwrap().push(String::new());
                    continue;
                }
                received.lock().unwrap().push(read_request(&mut stream));
                // The client may close the connection at any time.
                let _ = respond(&mut stream, &connection);
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        Self { url, requests }
    }

    /// The requests so far: head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn respond(stream: &mut TcpStream, connection: &Connection) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    match connection {
        Connection::Respond(response) => stream.write_all(response),
        Connection::Endless => {
            stream.write_all(head.as_bytes())?;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            loop {
                stream.write_all(chunk.as_bytes())?;
            }
        }
        Connection::Drip => {
            stream.write_all(head.as_bytes())?;
            loop {
                stream.write_all(b"1\r\n{\r\n")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        Connection::Hang => stream.read(&mut [0]).map(drop),
        Connection::Reset => Ok(()),
    }
}

fn read_request(stream: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}
