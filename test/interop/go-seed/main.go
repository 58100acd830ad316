// Command go-seed runs the server of waku-org/go-waku-rendezvous for the benchmarks: a host with TCP,
// Noise and yamux, and LevelDB as that module's README shows. Prints {"event":"ready","multiaddr"}
// once it serves, and ends when stdin is closed. Exit codes: 0 done, 1 failed, 2 usage.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
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
	"github.com/libp2p/go-libp2p/core/record"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"
	rendezvous "github.com/waku-org/go-waku-rendezvous"
)

// Longer than any benchmark takes.
const lifetime = 24 * time.Hour

type levelDB struct{ db *leveldb.DB }

func (l levelDB) Put(key []byte, value []byte) error { return l.db.Put(key, value, nil) }

func (l levelDB) Delete(key []byte) error { return l.db.Delete(key, nil) }

func (l levelDB) NewIterator(prefix []byte) rendezvous.Iterator {
	return l.db.NewIterator(util.BytesPrefix(prefix), nil)
}

func main() {
	dir := flag.String("dir", "", "folder of the database: removed by whoever made it")
	peers := flag.Int("peers", 0, "peers that are registered before it serves")
	namespaces := flag.Int("namespaces", 1, "namespaces that each of them is registered in")
	prefix := flag.String("prefix", "", "of the names of these namespaces; a number follows")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*dir, *peers, *namespaces, *prefix); err != nil {
		fmt.Fprintln(os.Stderr, "go-seed:", err)
		os.Exit(1)
	}
}

func run(dir string, peers, namespaces int, prefix string) error {
	db, err := leveldb.OpenFile(dir, &opt.Options{OpenFilesCacheCapacity: 3})
	if err != nil {
		return err
	}
	defer db.Close()
	storage := rendezvous.NewStorage(levelDB{db})
	if err := fill(storage, peers, namespaces, prefix); err != nil {
		return err
	}
	h, err := newHost()
	if err != nil {
		return err
	}
	defer h.Close()
	service := rendezvous.NewRendezvousService(h, storage)
	if err := service.Start(); err != nil {
		return err
	}
	defer service.Stop()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{
		"event": "ready", "multiaddr": fmt.Sprintf("%s/p2p/%s", h.Addrs()[0], h.ID()),
	}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// fill writes what REGISTER would, with a deadline that lasts: the module counts the seconds of a TTL
// as nanoseconds, so that what comes by the wire is gone after half a second to two and a half.
func fill(storage rendezvous.Storage, peers, namespaces int, prefix string) error {
	deadline := time.Now().Add(lifetime)
	for i := 0; i < peers; i++ {
		id, envelope, err := sealed(i)
		if err != nil {
			return err
		}
		for n := 0; n < namespaces; n++ {
			namespace := fmt.Sprintf("%s%d", prefix, n)
			if _, err := storage.Add(namespace, id, envelope, rendezvous.MaxTTL, deadline); err != nil {
				return err
			}
		}
	}
	return nil
}

func sealed(index int) (peer.ID, []byte, error) {
	key, err := keyOf(fmt.Sprintf("peer %d", index))
	if err != nil {
		return "", nil, err
	}
	id, err := peer.IDFromPrivateKey(key)
	if err != nil {
		return "", nil, err
	}
	address, err := multiaddr.NewMultiaddr(
		fmt.Sprintf("/ip4/198.51.100.%d/tcp/%d", index%250, 1+index%65_535),
	)
	if err != nil {
		return "", nil, err
	}
	envelope, err := record.Seal(&peer.PeerRecord{
		PeerID: id, Addrs: []multiaddr.Multiaddr{address}, Seq: 1,
	}, key)
	if err != nil {
		return "", nil, err
	}
	bytes, err := envelope.Marshal()
	return id, bytes, err
}

func newHost() (host.Host, error) {
	key, err := keyOf("point")
	if err != nil {
		return nil, err
	}
	return libp2p.New(
		libp2p.Identity(key), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay(),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer("/yamux/1.0.0", yamux.DefaultTransport),
		// As many connections as a benchmark opens from one address.
		libp2p.ResourceManager(network.NullResourceManager),
		libp2p.ConnectionManager(connmgr.NullConnMgr{}),
	)
}

func keyOf(seed string) (crypto.PrivKey, error) {
	digest := sha256.Sum256([]byte(seed))
	return crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(digest[:]))
}
