package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	ggio "github.com/gogo/protobuf/io"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

const (
	wakuProtocol    = protocol.ID("/vac/waku/rendezvous/0.0.1")
	dialTimeout     = 10 * time.Second
	exchangeTimeout = 30 * time.Second
)

// point is a rendezvous point that a host of ours is connected to.
type point struct {
	host host.Host
	id   peer.ID
}

// dial makes a host with this identity and connects it to the point at address. A host with no
// listen addresses costs less, which matters to `register --count`.
func dial(
	ctx context.Context, address string, key crypto.PrivKey, listen ...string,
) (*point, error) {
	h, err := newHost(key, listen...)
	if err != nil {
		return nil, err
	}
	p, err := connect(ctx, h, address)
	if err != nil {
		h.Close()
	}
	return p, err
}

func newHost(key crypto.PrivKey, listen ...string) (host.Host, error) {
	listening := libp2p.NoListenAddrs
	if len(listen) > 0 {
		listening = libp2p.ListenAddrStrings(listen...)
	}
	return libp2p.New(
		libp2p.Identity(key), listening, libp2p.DisableRelay(),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer("/yamux/1.0.0", yamux.DefaultTransport),
		// The default limits are for a node on the internet, not for 500 of them in one process.
		libp2p.ResourceManager(network.NullResourceManager),
	)
}

// connect is done when the point has also said which protocols it speaks.
func connect(ctx context.Context, h host.Host, address string) (*point, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return nil, usagef("--point: %v (a multiaddr ending in /p2p/<peer id>)", err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := h.Connect(ctx, *info); err != nil {
		// libp2p spreads the attempts over several lines.
		reason := strings.Join(strings.Fields(err.Error()), " ")
		return nil, fmt.Errorf("cannot dial the point %s: %s", address, reason)
	}
	return &point{host: h, id: info.ID}, nil
}

func (p *point) close() { p.host.Close() }

// open starts a stream and gives it this long for the first exchange.
func (p *point) open(ctx context.Context) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	stream, err := p.host.NewStream(ctx, p.id, wakuProtocol)
	if err != nil {
		return nil, fmt.Errorf("cannot open a stream: %w", err)
	}
	if err := stream.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		stream.Reset()
		return nil, err
	}
	return stream, nil
}

// exchange sends one frame on a stream of its own, and reads one answer. Then it resets the stream
// instead of closing it: Go rendezvous clients do, so a point must bear it.
func (p *point) exchange(ctx context.Context, frame []byte) (*pb.Message, error) {
	stream, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Reset()
	if _, err := stream.Write(frame); err != nil {
		return nil, fmt.Errorf("cannot send: %w", err)
	}
	return readAnswer(ggio.NewDelimitedReader(stream, network.MessageSizeMax))
}

func readAnswer(reader ggio.Reader) (*pb.Message, error) {
	answer := new(pb.Message)
	if err := reader.ReadMsg(answer); err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	return answer, nil
}

func (p *point) register(ctx context.Context, frame []byte) (*pb.Message_RegisterResponse, error) {
	answer, err := p.exchange(ctx, frame)
	if err != nil {
		return nil, err
	}
	if answer.Type != pb.Message_REGISTER_RESPONSE || answer.RegisterResponse == nil {
		return nil, fmt.Errorf("unexpected answer of type %s", answer.Type)
	}
	return answer.RegisterResponse, nil
}

func (p *point) discover(
	ctx context.Context, namespace string, limit int64,
) (*pb.Message_DiscoverResponse, error) {
	frame, err := delimited(discoverMessage(namespace, limit))
	if err != nil {
		return nil, err
	}
	answer, err := p.exchange(ctx, frame)
	if err != nil {
		return nil, err
	}
	return discoverResponseIn(answer)
}

func discoverResponseIn(answer *pb.Message) (*pb.Message_DiscoverResponse, error) {
	if answer.Type != pb.Message_DISCOVER_RESPONSE || answer.DiscoverResponse == nil {
		return nil, fmt.Errorf("unexpected answer of type %s", answer.Type)
	}
	return answer.DiscoverResponse, nil
}
