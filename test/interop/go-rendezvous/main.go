// Command go-rendezvous runs the client or the server of waku-org/go-libp2p-rendezvous for the
// interop tests. A client reads one JSON command per line on stdin and answers each with one JSON
// object per line on stdout; a server prints its addresses. Either ends when stdin is closed.
// Diagnostics go to stderr. Exit codes: 0 done, 1 failed, 2 usage.
package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	rendezvous "github.com/waku-org/go-libp2p-rendezvous"
	db "github.com/waku-org/go-libp2p-rendezvous/db/sqlite"
)

const (
	commandTimeout = 15 * time.Second
	watchInterval  = 100 * time.Millisecond // 2 minutes unless set, too long for a test
)

// command is one line of stdin.
type command struct {
	Do         string   `json:"do"`
	Namespace  string   `json:"namespace"`
	TTL        int      `json:"ttl"`
	Limit      int      `json:"limit"`
	Cookie     *[]byte  `json:"cookie"` // base64; absent and empty are different cookies
	Multiaddrs []string `json:"multiaddrs"`
	Count      int      `json:"count"` // registrations to wait for
}

type registration struct {
	Namespace  string   `json:"namespace"`
	PeerID     string   `json:"peerId"`
	Multiaddrs []string `json:"multiaddrs"`
	TTL        int      `json:"ttl"`
}

// answer is what the library tells of one command. Status is -1 where there was no answer.
type answer struct {
	Event         string         `json:"event"`
	Status        int            `json:"status"`
	StatusText    string         `json:"statusText"`
	TTL           *float64       `json:"ttl,omitempty"`
	Registrations []registration `json:"registrations,omitempty"`
	Cookie        []byte         `json:"cookie,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "go-rendezvous:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: go-rendezvous client|server --seed=TEXT [--point=MULTIADDR]")

func run() error {
	if len(os.Args) < 2 {
		return errUsage
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ContinueOnError)
	seed := flags.String("seed", "", "text that the peer's key is made from")
	point := flags.String("point", "", "multiaddr of the rendezvous point")
	if err := flags.Parse(os.Args[2:]); err != nil || *seed == "" {
		return errUsage
	}
	h, err := newHost(*seed)
	if err != nil {
		return err
	}
	defer h.Close()
	switch os.Args[1] {
	case "client":
		return client(h, *point)
	case "server":
		return server(h)
	}
	return errUsage
}

func newHost(seed string) (host.Host, error) {
	digest := sha256.Sum256([]byte(seed))
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(digest[:]))
	if err != nil {
		return nil, err
	}
	return libp2p.New(
		libp2p.Identity(key), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay(),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer("/yamux/1.0.0", yamux.DefaultTransport),
		// As many connections as a benchmark opens from one address.
		libp2p.ResourceManager(&network.NullResourceManager{}), libp2p.ConnectionManager(connmgr.NullConnMgr{}),
	)
}

func server(h host.Host) error {
	database, err := db.OpenDB(context.Background(), ":memory:")
	if err != nil {
		return err
	}
	defer database.Close()
	rendezvous.NewRendezvousService(h, database)
	emitReady(h)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func client(h host.Host, point string) error {
	rendezvous.DiscoverAsyncInterval = watchInterval
	info, err := peer.AddrInfoFromString(point)
	if err != nil {
		return fmt.Errorf("--point: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	if err := h.Connect(ctx, *info); err != nil {
		return err
	}
	emitReady(h)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return err
		}
		if err := c.run(h, info.ID); err != nil {
			return err
		}
	}
	return lines.Err()
}

// run uses the point of the library rather than its client, because the latter refuses TTLs below
// 120 and withholds namespaces and TTLs of what it discovers. A stream is opened per command.
func (c command) run(h host.Host, id peer.ID) error {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	addresses, err := c.addressesOf(h)
	if err != nil {
		return err
	}
	point := rendezvous.NewRendezvousPoint(h, id, rendezvous.ClientWithAddrsFactory(
		func([]ma.Multiaddr) []ma.Multiaddr { return addresses },
	))
	switch c.Do {
	case "register":
		ttl, err := point.Register(ctx, c.Namespace, c.TTL)
		line := outcome("registered", err)
		if err == nil {
			seconds := ttl.Seconds()
			line.TTL = &seconds
		}
		emit(line)
	case "unregister":
		emit(outcome("unregistered", point.Unregister(ctx, c.Namespace)))
	case "discover":
		var cookie []byte
		if c.Cookie != nil {
			cookie = *c.Cookie
		}
		found, next, err := point.Discover(ctx, c.Namespace, c.Limit, cookie)
		line := outcome("discovered", err)
		for _, r := range found {
			line.add(r)
		}
		line.Cookie = next
		emit(line)
	case "watch":
		emit(c.watch(ctx, point))
	default:
		return fmt.Errorf("unknown command %q", c.Do)
	}
	return nil
}

// watch asks again and again on one stream, with the cookie of the answer before.
func (c command) watch(ctx context.Context, point rendezvous.RendezvousPoint) answer {
	ctx, cancel := context.WithCancel(ctx) // ends the stream
	defer cancel()
	found, err := point.DiscoverAsync(ctx, c.Namespace)
	line := outcome("watched", err)
	for err == nil && len(line.Registrations) < c.Count {
		select {
		case r, open := <-found:
			if !open {
				return outcome("watched", errors.New("the stream has ended"))
			}
			line.add(r)
		case <-ctx.Done():
			return outcome("watched", ctx.Err())
		}
	}
	return line
}

func (a *answer) add(r rendezvous.Registration) {
	a.Registrations = append(a.Registrations, registration{
		Namespace: r.Ns, PeerID: r.Peer.ID.String(), Multiaddrs: texts(r.Peer.Addrs), TTL: r.Ttl,
	})
}

func (c command) addressesOf(h host.Host) ([]ma.Multiaddr, error) {
	if c.Multiaddrs == nil {
		return h.Addrs(), nil
	}
	addresses := make([]ma.Multiaddr, 0, len(c.Multiaddrs))
	for _, text := range c.Multiaddrs {
		address, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

func outcome(event string, err error) answer {
	var refused rendezvous.RendezvousError
	switch {
	case errors.As(err, &refused):
		return answer{Event: event, Status: int(refused.Status), StatusText: refused.Text}
	case err != nil:
		return answer{Event: event, Status: -1, StatusText: err.Error()}
	}
	return answer{Event: event}
}

func emitReady(h host.Host) {
	emit(map[string]any{
		"event": "ready", "peerId": h.ID().String(), "multiaddrs": texts(h.Addrs()),
	})
}

func texts(addresses []ma.Multiaddr) []string {
	all := make([]string, len(addresses))
	for i, address := range addresses {
		all[i] = address.String()
	}
	return all
}

func emit(line any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, "stdout:", err)
		os.Exit(1)
	}
}
