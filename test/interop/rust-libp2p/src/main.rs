//! A rust-libp2p peer for the interop tests: JSON lines in, JSON lines out. See README.md.

mod client;
mod server;

use std::{collections::HashMap, env, error::Error, process::ExitCode};

use futures::future::Either;
use libp2p::identity::Keypair;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

type Failure = Box<dyn Error>;

const USAGE: &str = "usage: rust-peer client --seed <n> [--record-seed <n>]
       rust-peer server --seed <n> [--min-ttl <seconds>] [--max-ttl <seconds>]
                        [--max-registrations <n>] [--quiet 1]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let role = args.next().unwrap_or_default();

    let Some(flags) = Flags::parse(args) else {
        eprintln!("{USAGE}");

        return ExitCode::from(2);
    };

    let run = match role.as_str() {
        "client" => Either::Left(client::run(&flags)),
        "server" => Either::Right(server::run(&flags)),
        _ => {
            eprintln!("{USAGE}");

            return ExitCode::from(2);
        }
    };

    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");

            ExitCode::FAILURE
        }
    }
}

/// All of them are numbers.
struct Flags(HashMap<String, u64>);

impl Flags {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut flags = HashMap::new();

        while let Some(name) = args.next() {
            let value = args.next()?.parse().ok()?;

            flags.insert(name.strip_prefix("--")?.to_owned(), value);
        }

        Some(Self(flags))
    }

    fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// The Ed25519 key of a seed: the same one each time.
    fn keypair(&self, name: &str) -> Option<Keypair> {
        let mut secret = [0; 32];

        secret[..8].copy_from_slice(&self.get(name)?.to_be_bytes());

        Keypair::ed25519_from_bytes(secret).ok()
    }
}

fn commands() -> Lines<BufReader<Stdin>> {
    BufReader::new(stdin()).lines()
}

/// Standard output is flushed after each line.
fn tell(line: Value) {
    println!("{line}");
}
