package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	ggio "github.com/gogo/protobuf/io"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

type registration struct {
	point, namespace, keyType, record string
	ttl                               int64
	addresses, firstPort              int
}

// register sends REGISTERs as they are asked for, right or wrong, each from an identity of its own.
func register(ctx context.Context, args []string) error {
	var r registration
	flags := flag.NewFlagSet("register", flag.ContinueOnError)
	flags.StringVar(&r.point, "point", "", "multiaddr of the rendezvous point")
	flags.StringVar(&r.namespace, "namespace", "", "namespace, empty to send none")
	namespaceHex := flags.String("namespace-hex", "", "namespace as hex, for any bytes")
	flags.Int64Var(&r.ttl, "ttl", 0, "TTL to ask for, in seconds; 0 is not sent")
	count := flags.Int("count", 1, "identities to register, each on a connection of its own")
	parallel := flags.Int("parallel", 8, "identities at work at a time")
	flags.StringVar(&r.keyType, "key-type", "ed25519", "ed25519, secp256k1, rsa or ecdsa")
	flags.StringVar(&r.record, "record", "own", "own, foreign, stale-domain, forged, no-addresses, "+
		"many-addresses, missing, empty or garbage")
	flags.IntVar(&r.addresses, "addresses", 0,
		"addresses in the record (0: 1, or 33 for many-addresses)")
	keep := flags.Bool("keep", false, "keep the connections until a signal")
	refreshMs := flags.Int("refresh-ms", 0, "with --keep: register again so often (0: never)")
	if err := parse(flags, args, "point"); err != nil {
		return err
	}
	if *count < 1 || *parallel < 1 || r.addresses < 0 || r.addresses > 10_000 {
		return usagef("--count and --parallel must be positive, --addresses 0 to 10000")
	}
	if *namespaceHex != "" {
		bytes, err := hex.DecodeString(*namespaceHex)
		if err != nil {
			return usagef("--namespace-hex: %v", err)
		}
		r.namespace = string(bytes)
	}

	var (
		group   sync.WaitGroup
		slots   = make(chan struct{}, *parallel)
		points  = make([]*point, *count)
		failed  = make([]error, *count)
		stopped bool
	)
	for i := 0; i < *count && !stopped; i++ {
		select {
		case <-ctx.Done():
			stopped = true
			continue
		case slots <- struct{}{}:
		}
		group.Add(1)
		go func(i int) {
			defer group.Done()
			defer func() { <-slots }()
			one := r
			one.firstPort = 10_000 + i
			points[i], failed[i] = one.run(ctx)
			switch p := points[i]; {
			case p == nil:
			case !*keep:
				p.close()
			case *refreshMs > 0 && failed[i] == nil:
				go one.refresh(ctx, p, time.Duration(*refreshMs)*time.Millisecond)
			}
		}(i)
	}
	group.Wait()

	var first error
	for _, err := range failed {
		if err != nil && first == nil {
			first = err
		}
	}
	if *keep && first == nil {
		<-ctx.Done()
	}
	if *keep {
		for _, p := range points {
			if p != nil {
				p.close()
			}
		}
	}
	return first
}

func (r registration) run(ctx context.Context) (*point, error) {
	key, err := newKey(r.keyType)
	if err != nil {
		return nil, err
	}
	frame, err := r.frame(key)
	if err != nil {
		return nil, err
	}
	p, err := dial(ctx, r.point, key)
	if err != nil {
		return nil, err
	}
	answer, err := p.register(ctx, frame)
	if err != nil {
		return p, err
	}
	emit(map[string]any{
		"event": "register-response", "peerId": p.host.ID().String(), "status": int(answer.Status),
		"statusText": answer.StatusText, "ttl": answer.Ttl,
	})
	return p, nil
}

// refresh registers again and again, and only speaks when that fails.
func (r registration) refresh(ctx context.Context, p *point, every time.Duration) {
	for sleep(ctx, every) {
		frame, err := r.frame(p.host.Peerstore().PrivKey(p.host.ID()))
		if err == nil {
			var answer *pb.Message_RegisterResponse
			answer, err = p.register(ctx, frame)
			if err == nil && answer.Status != pb.Message_OK {
				err = statusError(answer.Status, answer.StatusText)
			}
		}
		if err != nil {
			emitError(ctx, err)
		}
	}
}

func (r registration) frame(key crypto.PrivKey) ([]byte, error) {
	envelope, err := r.envelope(key)
	if err != nil {
		return nil, err
	}
	return prefixed(registerPayload([]byte(r.namespace), envelope, r.ttl)), nil
}

// envelope makes the record that --record names; nil is none at all.
func (r registration) envelope(key crypto.PrivKey) ([]byte, error) {
	id, err := idOf(key)
	if err != nil {
		return nil, err
	}
	other, err := newKey(r.keyType)
	if err != nil {
		return nil, err
	}
	otherID, err := idOf(other)
	if err != nil {
		return nil, err
	}
	count := r.addresses
	if count == 0 {
		count = 1
		if r.record == "many-addresses" {
			count = 33
		}
	}
	addresses := tcpAddresses(count, r.firstPort)
	seq := uint64(time.Now().Unix())

	switch r.record {
	case "own", "many-addresses":
		return seal(key, id, seq, addresses)
	case "foreign": // a true record of somebody else
		return seal(other, otherID, seq, addresses)
	case "forged": // this peer's record, signed by somebody else
		return seal(other, id, seq, addresses)
	case "stale-domain":
		codec := (&peer.PeerRecord{}).Codec()
		return sealLabelled(key, seq, addresses, "libp2p-routing-record", codec)
	case "no-addresses":
		return seal(key, id, seq, nil)
	case "missing":
		return nil, nil
	case "empty":
		return []byte{}, nil
	case "garbage":
		return []byte("this is not a signed envelope"), nil
	}
	return nil, usagef("--record: unknown kind %q", r.record)
}

type discovered struct {
	Namespace  string   `json:"namespace"`
	PeerID     string   `json:"peerId"`
	Multiaddrs []string `json:"multiaddrs"`
	TTL        int64    `json:"ttl"`
	Valid      bool     `json:"valid"`
}

type query struct {
	namespace string
	limit     int64
	count     int
	every     time.Duration
	grow      bool
}

// discover prints the point's answers as they are: any status, and invalid records too.
func discover(ctx context.Context, args []string) error {
	var q query
	flags := flag.NewFlagSet("discover", flag.ContinueOnError)
	address := flags.String("point", "", "multiaddr of the rendezvous point")
	flags.StringVar(&q.namespace, "namespace", "", "namespace, empty to send none")
	flags.Int64Var(&q.limit, "limit", 0, "limit, may be negative; 0 is not sent")
	flags.IntVar(&q.count, "count", 1, "times to ask, on one connection")
	everyMs := flags.Int("every-ms", 0, "pause between two requests")
	flags.BoolVar(&q.grow, "grow", false, "raise the limit by one with each request: "+
		"the length of an answer then tells which request it is to")
	oneStream := flags.Bool("one-stream", false,
		"ask on one stream, at the pace of --every-ms whether answered or not")
	if err := parse(flags, args, "point"); err != nil {
		return err
	}
	q.every = time.Duration(*everyMs) * time.Millisecond
	key, err := newKey("ed25519")
	if err != nil {
		return err
	}
	p, err := dial(ctx, *address, key)
	if err != nil {
		return err
	}
	defer p.close()
	if *oneStream {
		return q.onOneStream(ctx, p)
	}
	for i := 0; i < q.count && (i == 0 || sleep(ctx, q.every)); i++ {
		answer, err := p.discover(ctx, q.namespace, q.limitOf(i))
		if err != nil {
			return err
		}
		show(answer)
	}
	return nil
}

// limitOf is the limit of the request with this index.
func (q query) limitOf(i int) int64 {
	if q.grow {
		return q.limit + int64(i)
	}
	return q.limit
}

// onOneStream polls as Go's DiscoverAsync does, on a stream that it keeps until the end.
func (q query) onOneStream(ctx context.Context, p *point) error {
	stream, err := p.open(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-ctx.Done()
		stream.Reset()
	}()
	sent := make(chan error, 1)
	go func() { sent <- q.send(ctx, stream) }()

	reader := ggio.NewDelimitedReader(stream, network.MessageSizeMax)
	for i := 0; i < q.count; i++ {
		deadline := time.Now().Add(q.every + exchangeTimeout)
		if err := stream.SetReadDeadline(deadline); err != nil {
			return err
		}
		message, err := readAnswer(reader)
		if err != nil {
			return err
		}
		answer, err := discoverResponseIn(message)
		if err != nil {
			return err
		}
		show(answer)
	}
	return <-sent
}

// send writes all requests at their pace.
func (q query) send(ctx context.Context, stream network.Stream) error {
	for i := 0; i < q.count && (i == 0 || sleep(ctx, q.every)); i++ {
		frame, err := delimited(discoverMessage(q.namespace, q.limitOf(i)))
		if err != nil {
			return err
		}
		if err := stream.SetWriteDeadline(time.Now().Add(exchangeTimeout)); err != nil {
			return err
		}
		if _, err := stream.Write(frame); err != nil {
			return fmt.Errorf("cannot send: %w", err)
		}
	}
	return nil
}

func show(answer *pb.Message_DiscoverResponse) {
	registrations := make([]discovered, len(answer.Registrations))
	for i, entry := range answer.Registrations {
		registrations[i] = inspect(entry)
	}
	emit(map[string]any{
		"event": "discover-response", "status": int(answer.Status),
		"statusText": answer.StatusText, "registrations": registrations,
	})
}

func inspect(entry *pb.Message_Register) discovered {
	line := discovered{Namespace: entry.Ns, TTL: entry.Ttl, Multiaddrs: []string{}}
	peerRecord, err := open(entry.SignedPeerRecord)
	if err != nil {
		fmt.Fprintln(os.Stderr, "invalid record:", err)
	}
	line.Valid = err == nil
	if peerRecord != nil {
		line.PeerID, line.Multiaddrs = peerRecord.PeerID.String(), texts(peerRecord.Addrs)
	}
	return line
}
