package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

const (
	ttlSecondsDefault = 20 // what Go clients of this protocol ask for
	findLimitMax      = 50 // and the most that their FindPeers asks for
	retryDelay        = time.Second
)

type foundPeer struct {
	PeerID     string   `json:"peerId"`
	Multiaddrs []string `json:"multiaddrs"`
}

// sleep waits unless the context ends first, and says whether it waited in full.
func sleep(ctx context.Context, duration time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(duration):
		return true
	}
}

func statusError(status pb.Message_ResponseStatus, text string) error {
	return fmt.Errorf("%s (%d) %s", status, int(status), text)
}

// advertise keeps one listening peer registered as go-libp2p-pubsub does it: again exactly when the
// granted TTL has elapsed, never earlier, with a record signed anew.
func advertise(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("advertise", flag.ContinueOnError)
	address := flags.String("point", "", "multiaddr of the rendezvous point")
	namespace := flags.String("namespace", "", "namespace to register in")
	ttl := flags.Int64("ttl", ttlSecondsDefault, "TTL to ask for, in seconds")
	seconds := flags.Int("seconds", 0, "stop after this many seconds (0: at a signal)")
	keyType := flags.String("key-type", "ed25519", "ed25519, secp256k1, rsa or ecdsa")
	if err := parse(flags, args, "point", "namespace"); err != nil {
		return err
	}
	key, err := newKey(*keyType)
	if err != nil {
		return err
	}
	p, err := dial(ctx, *address, key, "/ip4/127.0.0.1/tcp/0")
	if err != nil {
		return err
	}
	defer p.close()
	if *seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*seconds)*time.Second)
		defer cancel()
	}
	for wait := time.Duration(0); sleep(ctx, wait); {
		granted, err := p.advertiseOnce(ctx, *namespace, *ttl)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			emitError(ctx, err)
			wait = retryDelay
			continue
		}
		emitAdvertised(p.host, granted)
		if wait = time.Duration(granted) * time.Second; wait <= 0 {
			wait = retryDelay // a point that grants nothing must not make this a hot loop
		}
	}
	return nil
}

func emitAdvertised(h host.Host, grantedSeconds int64) {
	emit(map[string]any{
		"event": "advertised", "peerId": h.ID().String(), "multiaddrs": texts(h.Addrs()),
		"ttlSeconds": grantedSeconds, "atMs": time.Now().UnixMilli(),
	})
}

func (p *point) advertiseOnce(ctx context.Context, namespace string, ttl int64) (int64, error) {
	return p.advertiseAs(ctx, namespace, ttl, p.host.Addrs())
}

func (p *point) advertiseAs(
	ctx context.Context, namespace string, ttl int64, addresses []multiaddr.Multiaddr,
) (int64, error) {
	key := p.host.Peerstore().PrivKey(p.host.ID())
	// Go peers use whole seconds, so two refreshes within a second share a sequence number.
	envelope, err := seal(key, p.host.ID(), uint64(time.Now().Unix()), addresses)
	if err != nil {
		return 0, err
	}
	frame, err := delimited(registerMessage(namespace, envelope, ttl))
	if err != nil {
		return 0, err
	}
	answer, err := p.register(ctx, frame)
	if err != nil {
		return 0, err
	}
	if answer.Status != pb.Message_OK {
		return 0, statusError(answer.Status, answer.StatusText)
	}
	return answer.Ttl, nil
}

// find asks for peers as FindPeers does, but keeps no cache: each line is a new answer.
func find(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("find", flag.ContinueOnError)
	address := flags.String("point", "", "multiaddr of the rendezvous point")
	namespace := flags.String("namespace", "", "namespace to look in")
	limit := flags.Int64("limit", 0, "peers to ask for (0 or above 50: 50, as Go clients do)")
	timeoutMs := flags.Int("timeout-ms", 0, "end after this long (0: never)")
	everyMs := flags.Int("every-ms", 1000, "pause between two calls")
	count := flags.Int("count", 1, "calls to make (0: until --until-peer, --timeout-ms or a signal)")
	untilPeer := flags.String("until-peer", "", "end at first sight of this peer id; without a "+
		"--count, ask until then. Not seen is a failure")
	if err := parse(flags, args, "point", "namespace"); err != nil {
		return err
	}
	if *limit <= 0 || *limit > findLimitMax {
		*limit = findLimitMax
	}
	if *untilPeer != "" && !isSet(flags, "count") {
		*count = 0
	}
	key, err := newKey("ed25519")
	if err != nil {
		return err
	}
	p, err := dial(ctx, *address, key)
	if err != nil {
		return err
	}
	defer p.close()
	signalled := ctx
	if *timeoutMs > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*timeoutMs)*time.Millisecond)
		defer cancel()
	}

	every := time.Duration(*everyMs) * time.Millisecond
	for call := 1; ; call++ {
		seen, err := p.findOnce(ctx, *namespace, *limit, *untilPeer)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if seen {
			return nil
		}
		if (*count > 0 && call >= *count) || !sleep(ctx, every) {
			break
		}
	}
	if *untilPeer != "" && signalled.Err() == nil {
		return fmt.Errorf("peer %s was not found", *untilPeer)
	}
	return nil
}

// findOnce prints one answer of the point and says whether it holds the wanted peer.
func (p *point) findOnce(
	ctx context.Context, namespace string, limit int64, wanted string,
) (seen bool, err error) {
	start := time.Now()
	answer, err := p.discover(ctx, namespace, limit)
	if err != nil {
		return false, err
	}
	if answer.Status != pb.Message_OK {
		return false, statusError(answer.Status, answer.StatusText)
	}
	peers := []foundPeer{}
	for _, registration := range answer.Registrations {
		peerRecord, err := open(registration.SignedPeerRecord)
		if err != nil { // a client skips what it cannot verify
			fmt.Fprintln(os.Stderr, "invalid record:", err)
			continue
		}
		found := describe(peerRecord)
		seen = seen || found.PeerID == wanted
		peers = append(peers, found)
	}
	emit(map[string]any{
		"event": "found", "peers": peers,
		"elapsedMs": time.Since(start).Milliseconds(), "atMs": time.Now().UnixMilli(),
	})
	return seen, nil
}

func describe(peerRecord *peer.PeerRecord) foundPeer {
	return foundPeer{peerRecord.PeerID.String(), texts(peerRecord.Addrs)}
}

func isSet(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
