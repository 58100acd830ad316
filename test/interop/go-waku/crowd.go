package main

import (
	"context"
	"flag"
	"math/rand"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

const (
	advertiseRetry = 2 * time.Minute  // how long go-libp2p-pubsub waits after a failed Advertise
	reconnectEvery = 10 * time.Second // how soon an application looks for the points it has lost
)

// crowd is many peers in one process, each as an application has it that was given several points:
// a host of its own, connected to all of them, that advertises as go-libp2p-pubsub does and
// connects again to points that it has lost.
func crowd(ctx context.Context, args []string) error {
	var addresses addressList
	flags := flag.NewFlagSet("crowd", flag.ContinueOnError)
	flags.Var(&addresses, "point", "multiaddr of a rendezvous point; may be given several times")
	namespace := flags.String("namespace", "", "namespace to register in")
	ttl := flags.Int64("ttl", ttlSecondsDefault, "TTL to ask for, in seconds")
	count := flags.Int("count", 1, "peers")
	parallel := flags.Int("parallel", 8, "peers that connect at a time")
	if err := parse(flags, args, "point", "namespace"); err != nil {
		return err
	}
	if *count < 1 || *parallel < 1 {
		return usagef("--count and --parallel must be positive")
	}
	// Go 1.19 draws the same numbers on every run unless told otherwise.
	rand.Seed(time.Now().UnixNano())

	var (
		group sync.WaitGroup
		slots = make(chan struct{}, *parallel)
		hosts = make([]host.Host, *count)
		fails = make([]error, *count)
	)
	for i := range hosts {
		slots <- struct{}{}
		group.Add(1)
		go func(i int) {
			defer group.Done()
			defer func() { <-slots }()
			hosts[i], fails[i] = crowdHost(ctx, addresses)
		}(i)
	}
	group.Wait()
	defer func() {
		for _, h := range hosts {
			if h != nil {
				h.Close()
			}
		}
	}()
	for _, err := range fails {
		if err != nil {
			return err
		}
	}
	for i, h := range hosts {
		go keepConnected(ctx, h, addresses)
		go keepAdvertised(ctx, h, *namespace, *ttl, 10_000+i)
	}
	<-ctx.Done()
	return nil
}

// crowdHost does not listen, which costs less, and tells of its connections.
func crowdHost(ctx context.Context, points []string) (host.Host, error) {
	key, err := newKey("ed25519")
	if err != nil {
		return nil, err
	}
	h, err := newHost(key)
	if err != nil {
		return nil, err
	}
	for _, address := range points {
		if _, err := connect(ctx, h, address); err != nil {
			h.Close()
			return nil, err
		}
	}
	h.Network().Notify(&network.NotifyBundle{
		ConnectedF: func(_ network.Network, c network.Conn) { emitConnection(ctx, h, c, "opened") },
		DisconnectedF: func(_ network.Network, c network.Conn) {
			emitConnection(ctx, h, c, "closed")
		},
	})
	return h, nil
}

func emitConnection(ctx context.Context, h host.Host, c network.Conn, what string) {
	if ctx.Err() == nil {
		emit(map[string]any{
			"event": "connection", "peerId": h.ID().String(), "point": c.RemotePeer().String(),
			"what": what, "atMs": time.Now().UnixMilli(),
		})
	}
}

// keepConnected connects to points again that were lost. Not all hosts at the same moment.
func keepConnected(ctx context.Context, h host.Host, points []string) {
	for sleep(ctx, reconnectEvery/2+time.Duration(rand.Int63n(int64(reconnectEvery)))) {
		for _, address := range points {
			info, err := peer.AddrInfoFromString(address)
			if err != nil || h.Network().Connectedness(info.ID) == network.Connected {
				continue
			}
			dialling, cancel := context.WithTimeout(ctx, dialTimeout)
			// Not reached: it is tried again the next time.
			_ = h.Connect(dialling, *info)
			cancel()
		}
	}
}

// keepAdvertised registers when exactly the granted TTL has elapsed, each time at a point drawn
// anew. After a failure it tries another point at once, as an application that knows several does;
// after a failure there too it waits as go-libp2p-pubsub does.
func keepAdvertised(ctx context.Context, h host.Host, namespace string, ttl int64, port int) {
	discovery := newRendezvousDiscovery(h)
	addresses := tcpAddresses(1, port)
	failedAt := peer.ID("")
	// Not all at the same moment, as they would never be.
	spread := time.Duration(rand.Int63n(int64(2 * time.Second)))
	for wait := spread; sleep(ctx, wait); {
		start := time.Now()
		id, granted, err := discovery.registerAs(ctx, namespace, ttl, addresses, failedAt)
		elapsedMs := time.Since(start).Milliseconds()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			emit(map[string]any{
				"event": "advertise-failed", "peerId": h.ID().String(), "message": err.Error(),
				"elapsedMs": elapsedMs, "atMs": time.Now().UnixMilli(),
			})
			if failedAt == "" {
				failedAt, wait = id, 0
			} else {
				failedAt, wait = "", advertiseRetry
			}
		default:
			emit(map[string]any{
				"event": "crowd-advertised", "peerId": h.ID().String(), "ttlSeconds": granted,
				"elapsedMs": elapsedMs, "atMs": time.Now().UnixMilli(),
			})
			failedAt = ""
			if wait = time.Duration(granted) * time.Second; wait <= 0 {
				wait = retryDelay
			}
		}
	}
}

// registerAs registers other addresses than the host's own, which has none unless it listens, at
// any point but one. It returns the point that it has drawn, too.
func (d *rendezvousDiscovery) registerAs(
	ctx context.Context, namespace string, ttl int64, addresses []multiaddr.Multiaddr, except peer.ID,
) (peer.ID, int64, error) {
	p, err := d.randomPoint(except)
	if err != nil {
		return "", 0, err
	}
	granted, err := p.advertiseAs(ctx, namespace, ttl, addresses)
	return p.id, granted, err
}
