use std::{collections::HashSet, time::Duration};

use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm, SwarmBuilder, identify,
    identity::Keypair,
    noise, ping, rendezvous,
    rendezvous::{Cookie, Namespace, client::Event},
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Failure, Flags, commands, tell};

/// Longer than any test: no connection ends by itself.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
enum Command {
    Dial {
        point: String,
    },
    Register {
        point: String,
        namespace: String,
        ttl: Option<u64>,
        /// All that this peer is to be reached at from now on. Absent: as before.
        addresses: Option<Vec<String>>,
    },
    Unregister {
        point: String,
        namespace: String,
    },
    Discover {
        point: String,
        namespace: Option<String>,
        limit: Option<u64>,
        /// In hexadecimal digits.
        cookie: Option<String>,
    },
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    rendezvous: rendezvous::client::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

pub async fn run(flags: &Flags) -> Result<(), Failure> {
    let keypair = flags.keypair("seed").ok_or("--seed is missing")?;
    // Whose record it registers: its own, unless it is to be a thief.
    let record_keypair = flags
        .keypair("record-seed")
        .unwrap_or_else(|| keypair.clone());
    let mut client = Client::new(keypair, record_keypair)?;
    let mut commands = commands();

    tell(json!({ "event": "started", "peerId": client.swarm.local_peer_id().to_string() }));

    loop {
        tokio::select! {
            line = commands.next_line() => match line? {
                Some(line) => client.obey(&line).await?,
                None => return Ok(()),
            },
            event = client.swarm.select_next_some() => client.tell_of(event),
        }
    }
}

struct Client {
    swarm: Swarm<Behaviour>,
    /// What the crate registers again by itself when an address changes.
    registered: HashSet<(PeerId, String)>,
}

impl Client {
    fn new(keypair: Keypair, record_keypair: Keypair) -> Result<Self, Failure> {
        let swarm = SwarmBuilder::with_existing_identity(keypair)
            .with_tokio()
            .with_tcp(
                tcp::Config::default(),
                noise::Config::new,
                yamux::Config::default,
            )?
            .with_behaviour(|key| Behaviour {
                rendezvous: rendezvous::client::Behaviour::new(record_keypair),
                identify: identify::Behaviour::new(identify::Config::new(
                    "/rust-peer/0.0.0".to_owned(),
                    key.public(),
                )),
                ping: ping::Behaviour::default(),
            })?
            .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE_TIMEOUT))
            .build();

        Ok(Self {
            swarm,
            registered: HashSet::new(),
        })
    }

    /// What is no command ends the program; what the crate does not want to send is told.
    async fn obey(&mut self, line: &str) -> Result<(), Failure> {
        let command = serde_json::from_str(line)?;

        if let Err(error) = self.request(command).await {
            tell(json!({ "event": "not-sent", "error": error.to_string() }));
        }

        Ok(())
    }

    async fn request(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Dial { point } => self.swarm.dial(point.parse::<Multiaddr>()?)?,
            Command::Register {
                point,
                namespace,
                ttl,
                addresses,
            } => {
                let namespace = Namespace::new(namespace)?;

                if let Some(addresses) = addresses {
                    self.set_addresses(&addresses).await?;
                }

                self.rendezvous().register(namespace, point.parse()?, ttl)?;
            }
            Command::Unregister { point, namespace } => {
                self.unregister(point.parse()?, Namespace::new(namespace)?);
            }
            Command::Discover {
                point,
                namespace,
                limit,
                cookie,
            } => {
                let namespace = namespace.map(Namespace::new).transpose()?;
                let cookie = cookie.map(hex::decode).transpose()?;
                let cookie = cookie.map(Cookie::from_wire_encoding).transpose()?;

                self.rendezvous()
                    .discover(namespace, cookie, limit, point.parse()?);
            }
        }

        Ok(())
    }

    fn rendezvous(&mut self) -> &mut rendezvous::client::Behaviour {
        &mut self.swarm.behaviour_mut().rendezvous
    }

    /// There is no answer to it, and the crate does not tell when it has been read.
    fn unregister(&mut self, point: PeerId, namespace: Namespace) {
        let name = String::from(namespace.clone());

        self.rendezvous().unregister(namespace, point);
        // As in the crate, which forgets more than was asked for.
        self.registered
            .retain(|(peer, other)| *peer != point && *other != name);
        tell(json!({ "event": "unregister-sent", "namespace": name }));
    }

    /// At each change the crate registers again wherever it is registered. One at a time: of
    /// requests that race any may be the last.
    async fn set_addresses(&mut self, wanted: &[String]) -> Result<(), Failure> {
        let wanted = wanted
            .iter()
            .map(|text| text.parse())
            .collect::<Result<HashSet<_>, _>>()?;
        let current: HashSet<Multiaddr> = self.swarm.external_addresses().cloned().collect();

        for address in wanted.difference(&current) {
            self.swarm.add_external_address(address.clone());
            self.until_refreshed().await;
        }

        for address in current.difference(&wanted) {
            self.swarm.remove_external_address(address);
            self.until_refreshed().await;
        }

        Ok(())
    }

    async fn until_refreshed(&mut self) {
        let mut awaited = self.registered.len();

        while awaited > 0 {
            match self.swarm.select_next_some().await {
                SwarmEvent::Behaviour(BehaviourEvent::Rendezvous(
                    event @ (Event::Registered { .. } | Event::RegisterFailed { .. }),
                )) => {
                    awaited -= 1;
                    tell(json!({ "event": "refreshed", "answer": self.describe(event) }));
                }
                event => self.tell_of(event),
            }
        }
    }

    fn tell_of(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                tell(json!({ "event": "dialed", "point": peer_id.to_string() }));
            }
            SwarmEvent::OutgoingConnectionError { error, .. } => {
                tell(json!({ "event": "not-dialed", "error": error.to_string() }));
            }
            SwarmEvent::ConnectionClosed { peer_id, .. } => {
                tell(json!({ "event": "disconnected", "point": peer_id.to_string() }));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Rendezvous(event)) => tell(self.describe(event)),
            _ => {}
        }
    }

    fn describe(&mut self, event: Event) -> Value {
        match event {
            Event::Registered {
                rendezvous_node,
                ttl,
                namespace,
            } => {
                let namespace = String::from(namespace);

                self.registered.insert((rendezvous_node, namespace.clone()));

                json!({ "event": "registered", "namespace": namespace, "ttl": ttl })
            }
            Event::RegisterFailed {
                namespace, error, ..
            } => json!({
                "event": "register-failed",
                "namespace": String::from(namespace),
                "error": format!("{error:?}"),
            }),
            Event::Discovered {
                registrations,
                cookie,
                ..
            } => json!({
                "event": "discovered",
                "registrations": registrations.iter().map(registration).collect::<Vec<_>>(),
                "cookie": hex::encode(cookie.into_wire_encoding()),
            }),
            Event::DiscoverFailed {
                namespace, error, ..
            } => json!({
                "event": "discover-failed",
                "namespace": namespace.map(String::from),
                "error": format!("{error:?}"),
            }),
            Event::Expired { peer } => json!({ "event": "expired", "peerId": peer.to_string() }),
        }
    }
}

fn registration(registration: &rendezvous::Registration) -> Value {
    let rendezvous::Registration {
        namespace,
        record,
        ttl,
    } = registration;

    json!({
        "peerId": record.peer_id().to_string(),
        "addresses": record.addresses().iter().map(Multiaddr::to_string).collect::<Vec<_>>(),
        "namespace": namespace.to_string(),
        "ttl": ttl,
    })
}
