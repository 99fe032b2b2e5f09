//! A lean HTTP caller for benches: many connections, one request at a time on each, and as little work of its own as possible,
//! because it shares the cores with what it measures.

use crate::figures::Rate;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One POST of JSON.
pub struct Post {
    /// Path and query.
    pub path: String,
    /// The body.
    pub body: String,
}

/// What a load came to.
pub struct Load {
    /// Answers a second.
    pub rate: Rate,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, u64>,
    /// Time of each answer in microseconds.
    pub micros: Histogram<u64>,
}

/// Sends `total` requests over `clients` connections and waits for every answer. `post` makes the request of a number.
pub fn drive(address: &str, token: &str, clients: usize, total: u64, post: impl Fn(u64) -> Post + Send + Sync + 'static) -> Load {
    let (address, token, post) = (address.to_owned(), token.to_owned(), Arc::new(post));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let next = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|_| {
                let (address, token, next, post) = (address.clone(), token.clone(), Arc::clone(&next), Arc::clone(&post));
                tokio::spawn(async move { one_client(&address, &token, &next, total, &*post).await })
            })
            .collect();
        let mut micros = Histogram::new(3).expect("three digits are allowed");
        let mut statuses = BTreeMap::new();
        let mut done = 0;
        for task in tasks {
            for (status, took) in task.await.expect("a client does not panic") {
                *statuses.entry(status).or_default() += 1;
                micros.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)).expect("a histogram that grows");
                done += 1;
            }
        }
        Load { rate: Rate::of(done, start.elapsed()), statuses, micros }
    })
}

async fn one_client(address: &str, token: &str, next: &AtomicU64, total: u64, post: &impl Fn(u64) -> Post) -> Vec<(u16, Duration)> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a TCP option");
    let mut answers = Vec::new();
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        let no = next.fetch_add(1, Ordering::Relaxed);
        if no >= total {
            return answers;
        }
        let Post { path, body } = post(no);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let start = Instant::now();
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.expect("the server reads");
        let status = answer(&mut stream, &mut buffer).await;
        answers.push((status, start.elapsed()));
    }
}

/// Reads one answer to its end and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("the server writes");
        assert!(read > 0, "the server hung up: {}", String::from_utf8_lossy(buffer));
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |text| text.trim().parse().unwrap_or(0_usize));
        if buffer.len() >= end + 4 + length {
            return head.get(9..12).and_then(|status| status.parse().ok()).expect("a status line");
        }
    }
}
