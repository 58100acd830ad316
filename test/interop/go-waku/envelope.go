package main

import (
	"fmt"
	"strings"

	"github.com/gogo/protobuf/proto"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	recordpb "github.com/libp2p/go-libp2p/core/record/pb"
	ma "github.com/multiformats/go-multiaddr"
)

// labelledRecord is a peer record under another domain or payload type than its own.
type labelledRecord struct {
	*peer.PeerRecord
	domain string
	codec  []byte
}

func (r labelledRecord) Domain() string { return r.domain }
func (r labelledRecord) Codec() []byte  { return r.codec }

func idOf(key crypto.PrivKey) (peer.ID, error) { return peer.IDFromPrivateKey(key) }

// seal signs a peer record of subject with key; they belong together in every honest record.
func seal(
	key crypto.PrivKey, subject peer.ID, seq uint64, addresses []ma.Multiaddr,
) ([]byte, error) {
	return sealRecord(key, &peer.PeerRecord{PeerID: subject, Seq: seq, Addrs: addresses})
}

func sealRecord(key crypto.PrivKey, content record.Record) ([]byte, error) {
	envelope, err := record.Seal(content, key)
	if err != nil {
		return nil, err
	}
	return envelope.Marshal()
}

// sealLabelled signs an honest record under a foreign domain or payload type.
func sealLabelled(
	key crypto.PrivKey, seq uint64, addresses []ma.Multiaddr, domain string, codec []byte,
) ([]byte, error) {
	id, err := idOf(key)
	if err != nil {
		return nil, err
	}
	honest := &peer.PeerRecord{PeerID: id, Seq: seq, Addrs: addresses}
	return sealRecord(key, labelledRecord{honest, domain, codec})
}

// tamper changes the fields of an envelope after it was signed.
func tamper(envelope []byte, change func(*recordpb.Envelope)) ([]byte, error) {
	var parts recordpb.Envelope
	if err := proto.Unmarshal(envelope, &parts); err != nil {
		return nil, err
	}
	change(&parts)
	return proto.Marshal(&parts)
}

// open verifies signature, domain and payload type, and that the signer is the record's subject:
// the second is not part of go-libp2p's ConsumeEnvelope.
func open(envelope []byte) (*peer.PeerRecord, error) {
	signed, content, err := record.ConsumeEnvelope(envelope, peer.PeerRecordEnvelopeDomain)
	if err != nil {
		return nil, err
	}
	peerRecord, ok := content.(*peer.PeerRecord)
	if !ok {
		return nil, fmt.Errorf("not a peer record but a %T", content)
	}
	if !peerRecord.PeerID.MatchesPublicKey(signed.PublicKey) {
		return peerRecord, fmt.Errorf("not signed by the key of %s", peerRecord.PeerID)
	}
	return peerRecord, nil
}

func texts(addresses []ma.Multiaddr) []string {
	list := make([]string, len(addresses))
	for i, address := range addresses {
		list[i] = address.String()
	}
	return list
}

// tcpAddresses are count addresses that nobody listens on.
func tcpAddresses(count, firstPort int) []ma.Multiaddr {
	list := make([]ma.Multiaddr, count)
	for i := range list {
		list[i] = ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", firstPort+i))
	}
	return list
}

// dnsAddress is an address of exactly this many bytes (150 or more).
func dnsAddress(bytes, port int) ma.Multiaddr {
	const around = 1 + 2 + 1 + 2 // dns4, its length, tcp, port
	name := strings.Repeat("rendezvous.", bytes/11+1)[:bytes-around-1] + "x"
	return ma.StringCast(fmt.Sprintf("/dns4/%s/tcp/%d", name, port))
}
