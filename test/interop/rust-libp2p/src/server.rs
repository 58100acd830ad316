use std::time::Duration;

use futures::StreamExt;
use libp2p::{
    SwarmBuilder, identify,
    multiaddr::Protocol,
    noise, ping, rendezvous,
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use serde_json::json;

use crate::{Failure, Flags, commands, tell};

const IDLE_TIMEOUT: Duration = Duration::from_secs(3600);

#[derive(NetworkBehaviour)]
struct Behaviour {
    rendezvous: rendezvous::server::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

pub async fn run(flags: &Flags) -> Result<(), Failure> {
    let keypair = flags.keypair("seed").ok_or("--seed is missing")?;
    let config = config(flags);
    let is_quiet = flags.get("quiet").is_some();
    let mut commands = commands();
    let mut swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(
            tcp::Config::default(),
            noise::Config::new,
            yamux::Config::default,
        )?
        .with_behaviour(|key| Behaviour {
            rendezvous: rendezvous::server::Behaviour::new(config),
            identify: identify::Behaviour::new(identify::Config::new(
                "/rust-peer/0.0.0".to_owned(),
                key.public(),
            )),
            ping: ping::Behaviour::default(),
        })?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE_TIMEOUT))
        .build();
    let peer_id = *swarm.local_peer_id();

    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;

    loop {
        tokio::select! {
            // It takes no commands; the end of its input is the end of it.
            line = commands.next_line() => if line?.is_none() {
                return Ok(());
            },
            event = swarm.select_next_some() => match event {
                SwarmEvent::NewListenAddr { address, .. } => tell(json!({
                    "event": "listening",
                    "multiaddr": address.with(Protocol::P2p(peer_id)).to_string(),
                })),
                SwarmEvent::Behaviour(BehaviourEvent::Rendezvous(event)) if !is_quiet => tell(json!({
                    "event": "served",
                    "what": name_of(&event),
                })),
                _ => {}
            },
        }
    }
}

fn config(flags: &Flags) -> rendezvous::server::Config {
    let mut config = rendezvous::server::Config::default();

    if let Some(seconds) = flags.get("min-ttl") {
        config = config.with_min_ttl(seconds);
    }

    if let Some(seconds) = flags.get("max-ttl") {
        config = config.with_max_ttl(seconds);
    }

    // Without these it takes 32 of a peer, and 10,000 in all.
    if let Some(most) = flags.get("max-registrations") {
        let most = usize::try_from(most).unwrap_or(usize::MAX);

        config = config
            .with_max_registration_per_peer(most)
            .with_max_registration_total(most);
    }

    config
}

fn name_of(event: &rendezvous::server::Event) -> &'static str {
    use rendezvous::server::Event::{
        DiscoverNotServed, DiscoverServed, PeerNotRegistered, PeerRegistered, PeerUnregistered,
        RegistrationExpired,
    };

    match event {
        DiscoverServed { .. } => "discover",
        DiscoverNotServed { .. } => "discover refused",
        PeerRegistered { .. } => "register",
        PeerNotRegistered { .. } => "register refused",
        PeerUnregistered { .. } => "unregister",
        RegistrationExpired(_) => "expiry",
    }
}
