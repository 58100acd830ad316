package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"os"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/discovery"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

// rendezvousDiscovery is a rendezvous point as discovery.Discovery, with the habits of Go clients
// of this protocol. Each request goes to a point drawn anew: what one point was told, another is
// asked for.
type rendezvousDiscovery struct {
	host   host.Host
	lock   sync.Mutex
	caches map[string]map[peer.ID]cachedPeer // by namespace
}

type cachedPeer struct {
	info    peer.AddrInfo
	expires time.Time
}

var _ discovery.Discovery = (*rendezvousDiscovery)(nil)

func newRendezvousDiscovery(h host.Host) *rendezvousDiscovery {
	return &rendezvousDiscovery{host: h, caches: make(map[string]map[peer.ID]cachedPeer)}
}

// Advertise registers once and returns the granted TTL. go-libp2p-pubsub calls it again when
// exactly that has elapsed; after an error, two minutes later.
func (d *rendezvousDiscovery) Advertise(
	ctx context.Context, namespace string, options ...discovery.Option,
) (time.Duration, error) {
	var chosen discovery.Options
	if err := chosen.Apply(options...); err != nil {
		return 0, err
	}
	ttl := int64(math.Round(chosen.Ttl.Seconds()))
	if ttl == 0 {
		ttl = ttlSecondsDefault
	}
	granted, err := d.register(ctx, namespace, ttl)
	if err != nil {
		emitError(ctx, fmt.Errorf("cannot advertise: %w", err))
		return 0, err
	}
	emitAdvertised(d.host, granted)
	return time.Duration(granted) * time.Second, nil
}

func (d *rendezvousDiscovery) register(
	ctx context.Context, namespace string, ttl int64,
) (int64, error) {
	p, err := d.randomPoint("")
	if err != nil {
		return 0, err
	}
	return p.advertiseOnce(ctx, namespace, ttl)
}

// FindPeers returns peers from the cache, in random order, and asks a point first unless the cache
// alone suffices. Without an answer it returns what it has, and the error.
func (d *rendezvousDiscovery) FindPeers(
	ctx context.Context, namespace string, options ...discovery.Option,
) (<-chan peer.AddrInfo, error) {
	var chosen discovery.Options
	if err := chosen.Apply(options...); err != nil {
		return nil, err
	}
	limit := chosen.Limit
	if limit <= 0 || limit > findLimitMax {
		limit = findLimitMax
	}
	var err error
	if len(d.cached(namespace)) < limit {
		if err = d.refresh(ctx, namespace, int64(limit)); err != nil {
			emitError(ctx, fmt.Errorf("cannot find peers: %w", err))
		}
	}
	peers := d.cached(namespace)
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	if len(peers) > limit {
		peers = peers[:limit]
	}
	found := make(chan peer.AddrInfo, len(peers))
	for _, info := range peers {
		found <- info
	}
	close(found)
	return found, err
}

// refresh asks a point, and caches every peer in its answer for as long as its record says.
func (d *rendezvousDiscovery) refresh(ctx context.Context, namespace string, limit int64) error {
	p, err := d.randomPoint("")
	if err != nil {
		return err
	}
	answer, err := p.discover(ctx, namespace, limit)
	if err != nil {
		return err
	}
	if answer.Status != pb.Message_OK {
		return statusError(answer.Status, answer.StatusText)
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	cache := d.caches[namespace]
	if cache == nil {
		cache = make(map[peer.ID]cachedPeer)
		d.caches[namespace] = cache
	}
	now := time.Now()
	for _, registration := range answer.Registrations {
		peerRecord, err := open(registration.SignedPeerRecord)
		switch {
		case err != nil: // a client skips what it cannot verify
			fmt.Fprintln(os.Stderr, "invalid record:", err)
		case peerRecord.PeerID != d.host.ID():
			cache[peerRecord.PeerID] = cachedPeer{
				info:    peer.AddrInfo{ID: peerRecord.PeerID, Addrs: peerRecord.Addrs},
				expires: now.Add(time.Duration(registration.Ttl) * time.Second),
			}
		}
	}
	return nil
}

// cached are the peers of a namespace that have not expired; the others are forgotten.
func (d *rendezvousDiscovery) cached(namespace string) []peer.AddrInfo {
	d.lock.Lock()
	defer d.lock.Unlock()
	now := time.Now()
	peers := []peer.AddrInfo{}
	for id, one := range d.caches[namespace] {
		if one.expires.Before(now) {
			delete(d.caches[namespace], id)
			continue
		}
		peers = append(peers, one.info)
	}
	return peers
}

// randomPoint draws from all peers known to speak the protocol, but for one. As with Go clients, a
// point that the host has lost is among them until the peerstore forgets it, 60 to 90 seconds later.
func (d *rendezvousDiscovery) randomPoint(except peer.ID) (*point, error) {
	var points []peer.ID
	for _, id := range d.host.Peerstore().Peers() {
		spoken, err := d.host.Peerstore().SupportsProtocols(id, string(wakuProtocol))
		if err != nil {
			return nil, err
		}
		if len(spoken) > 0 && id != except {
			points = append(points, id)
		}
	}
	if len(points) == 0 {
		return nil, errors.New("no rendezvous point is known")
	}
	return &point{host: d.host, id: points[rand.Intn(len(points))]}, nil
}
