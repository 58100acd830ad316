package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"strings"

	"github.com/gogo/protobuf/proto"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	recordpb "github.com/libp2p/go-libp2p/core/record/pb"
	ma "github.com/multiformats/go-multiaddr"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

const vectorSeq = 1_700_000_000

type messageVector struct {
	Name      string `json:"name"`
	Handmade  bool   `json:"handmade,omitempty"`
	Hex       string `json:"hex"`
	FramedHex string `json:"framedHex"`
	Fields    any    `json:"fields"`
}

type envelopeVector struct {
	Name          string   `json:"name"`
	KeyType       string   `json:"keyType"`
	PeerID        string   `json:"peerId"`
	PeerIDHex     string   `json:"peerIdHex"`
	EnvelopeHex   string   `json:"envelopeHex"`
	Seq           string   `json:"seq"`
	Multiaddrs    []string `json:"multiaddrs"`
	Deterministic bool     `json:"deterministic"`
	Verifies      bool     `json:"verifies"`
	Error         string   `json:"error,omitempty"`
}

type vectorDocument struct {
	Protocol         string           `json:"protocol"`
	MadeWith         string           `json:"madeWith"`
	Requests         []messageVector  `json:"requests"`
	Responses        []messageVector  `json:"responses"`
	Envelopes        []envelopeVector `json:"envelopes"`
	InvalidEnvelopes []envelopeVector `json:"invalidEnvelopes"`
}

// must keeps the lists below readable: nothing in them depends on input, so a failure is a bug.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// vectors prints the whole document, pretty; testdata/README.md has the command that saves it.
func vectors(_ context.Context, args []string) error {
	if err := parse(flag.NewFlagSet("vectors", flag.ContinueOnError), args); err != nil {
		return err
	}
	valid := validEnvelopes()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(vectorDocument{
		Protocol:  string(wakuProtocol),
		MadeWith:  "github.com/libp2p/go-libp2p v0.23.2, github.com/gogo/protobuf v1.3.2",
		Requests:  requestVectors(valid),
		Responses: responseVectors(valid), Envelopes: valid, InvalidEnvelopes: invalidEnvelopes(),
	})
}

func requestVectors(envelopes []envelopeVector) []messageVector {
	record := must(hex.DecodeString(envelopes[0].EnvelopeHex))
	register := func(name, namespace string, ttl int64) messageVector {
		return vector(name, registerMessage(namespace, record, ttl))
	}
	return []messageVector{
		register("register without ttl", "/waku/2/default", 0),
		register("register with ttl 1", "/waku/2/default", 1),
		register("register with ttl 20", "/waku/2/default", 20),
		register("register with ttl 21", "/waku/2/default", 21),
		register("register with ttl -1", "/waku/2/default", -1),
		register("register with the greatest ttl", "/waku/2/default", 1<<63-1),
		register("register with the least ttl", "/waku/2/default", -1<<63),
		register("register with a namespace of control bytes", "rs\x00\x01\x00\x05", 20),
		register("register with a namespace beyond ASCII", "/wäku/\u2713/\U0001F4E1", 20),
		register("register with a namespace of 256 bytes", strings.Repeat("n", 256), 20),
		register("register with a namespace of 257 bytes", strings.Repeat("n", 257), 20),
		register("register without namespace", "", 20),
		vector("register without record", registerMessage("/waku/2/default", nil, 20)),
		vector("register with an empty body", registerMessage("", nil, 0)),
		vector("register with nil body", &pb.Message{Type: pb.Message_REGISTER}),
		handmade("register with an empty record",
			registerPayload([]byte("/waku/2/default"), []byte{}, 20)),
		handmade("register with a namespace that is not UTF-8",
			registerPayload([]byte("rs\xff\xfe"), record, 20)),
		vector("discover without limit", discoverMessage("/waku/2/default", 0)),
		vector("discover with limit 50", discoverMessage("/waku/2/default", 50)),
		vector("discover with limit 1000", discoverMessage("/waku/2/default", 1000)),
		vector("discover with limit -1", discoverMessage("/waku/2/default", -1)),
		vector("discover with an empty namespace", discoverMessage("", 10)),
		vector("discover with an empty body", discoverMessage("", 0)),
		vector("discover with nil body", &pb.Message{Type: pb.Message_DISCOVER}),
		vector("register response as a request", &pb.Message{Type: pb.Message_REGISTER_RESPONSE}),
		vector("discover response as a request", &pb.Message{Type: pb.Message_DISCOVER_RESPONSE}),
		vector("unknown type 4", &pb.Message{Type: 4}),
	}
}

func responseVectors(envelopes []envelopeVector) []messageVector {
	list := []messageVector{
		vector("register response ok", registerResponse(pb.Message_OK, "", 20)),
		vector("register response ok with ttl 1", registerResponse(pb.Message_OK, "", 1)),
		vector("register response with an empty body", registerResponse(pb.Message_OK, "", 0)),
	}
	refusals := []struct {
		status pb.Message_ResponseStatus
		text   string
	}{
		{pb.Message_E_INVALID_NAMESPACE, "unspecified namespace"},
		{pb.Message_E_INVALID_NAMESPACE, "namespace too long"},
		{pb.Message_E_INVALID_PEER_INFO, "missing signed peer record"},
		{pb.Message_E_INVALID_PEER_INFO, "invalid peer record"},
		{pb.Message_E_INVALID_PEER_INFO, "peer id mismatch"},
		{pb.Message_E_INVALID_PEER_INFO, "missing peer addresses"},
		{pb.Message_E_INVALID_PEER_INFO, "peer info too long"},
		{pb.Message_E_INVALID_TTL, "bad ttl"},
		{pb.Message_E_NOT_AUTHORIZED, ""},
		{pb.Message_E_INTERNAL_ERROR, "database error"},
		{pb.Message_E_UNAVAILABLE, ""},
	}
	for _, refusal := range refusals {
		name := strings.TrimSpace("register response " + refusal.status.String() + " " + refusal.text)
		list = append(list, vector(name, registerResponse(refusal.status, refusal.text, 0)))
	}

	var registrations []*pb.Message_Register
	for _, envelope := range envelopes[:3] {
		record := must(hex.DecodeString(envelope.EnvelopeHex))
		registrations = append(registrations,
			&pb.Message_Register{Ns: "/waku/2/default", SignedPeerRecord: record, Ttl: 20})
	}
	return append(list,
		vector("discover response with 0 registrations", discoverResponse(pb.Message_OK, "")),
		vector("discover response with 1 registration",
			discoverResponse(pb.Message_OK, "", registrations[:1]...)),
		vector("discover response with 3 registrations",
			discoverResponse(pb.Message_OK, "", registrations...)),
		vector("discover response E_INVALID_NAMESPACE namespace too long",
			discoverResponse(pb.Message_E_INVALID_NAMESPACE, "namespace too long")),
		vector("discover response E_INTERNAL_ERROR database error",
			discoverResponse(pb.Message_E_INTERNAL_ERROR, "database error")),
		vector("discover response E_INTERNAL_ERROR error building response",
			discoverResponse(pb.Message_E_INTERNAL_ERROR, "error building response")),
		vector("discover response E_UNAVAILABLE", discoverResponse(pb.Message_E_UNAVAILABLE, "")),
	)
}

func registerResponse(status pb.Message_ResponseStatus, text string, ttl int64) *pb.Message {
	return &pb.Message{
		Type:             pb.Message_REGISTER_RESPONSE,
		RegisterResponse: &pb.Message_RegisterResponse{Status: status, StatusText: text, Ttl: ttl},
	}
}

func discoverResponse(
	status pb.Message_ResponseStatus, text string, registrations ...*pb.Message_Register,
) *pb.Message {
	return &pb.Message{
		Type: pb.Message_DISCOVER_RESPONSE,
		DiscoverResponse: &pb.Message_DiscoverResponse{
			Registrations: registrations, Status: status, StatusText: text,
		},
	}
}

func vector(name string, message *pb.Message) messageVector {
	return messageVector{
		Name: name, Hex: hex.EncodeToString(must(proto.Marshal(message))),
		FramedHex: hex.EncodeToString(must(delimited(message))), Fields: fields(message),
	}
}

// handmade is a frame that no proto3 marshaller makes. Its fields are what gogo decodes, or null
// where it refuses: the server's choice then, not a decoding to copy.
func handmade(name string, payload []byte) messageVector {
	var decoded any
	var message pb.Message
	if proto.Unmarshal(payload, &message) == nil {
		decoded = fields(&message)
	}
	return messageVector{
		Name: name, Handmade: true, Hex: hex.EncodeToString(payload),
		FramedHex: hex.EncodeToString(prefixed(payload)), Fields: decoded,
	}
}

// fields are the decoded values: null for an absent body, int64 as decimal text, bytes as hex.
func fields(m *pb.Message) map[string]any {
	values := map[string]any{"type": int(m.Type)}
	if m.Register != nil {
		values["register"] = registerFields(m.Register)
	}
	if r := m.RegisterResponse; r != nil {
		values["registerResponse"] = map[string]any{
			"status": int(r.Status), "statusText": r.StatusText, "ttl": decimal(r.Ttl),
		}
	}
	if d := m.Discover; d != nil {
		values["discover"] = map[string]any{"ns": d.Ns, "limit": decimal(d.Limit)}
	}
	if r := m.DiscoverResponse; r != nil {
		registrations := []any{}
		for _, entry := range r.Registrations {
			registrations = append(registrations, registerFields(entry))
		}
		values["discoverResponse"] = map[string]any{
			"registrations": registrations, "status": int(r.Status), "statusText": r.StatusText,
		}
	}
	return values
}

func registerFields(r *pb.Message_Register) map[string]any {
	return map[string]any{
		"ns": r.Ns, "signedPeerRecord": hex.EncodeToString(r.SignedPeerRecord), "ttl": decimal(r.Ttl),
	}
}

func decimal(value int64) string { return strconv.FormatInt(value, 10) }

func vectorAddresses() []ma.Multiaddr {
	return []ma.Multiaddr{
		ma.StringCast("/ip4/192.0.2.1/tcp/60000"),
		ma.StringCast("/ip6/2001:db8::1/tcp/60000"),
		ma.StringCast("/dns4/peer.example/tcp/443/wss"),
	}
}

// describeEnvelope opens an envelope as a Go peer would and notes the outcome. subject is the peer
// id in the record.
func describeEnvelope(
	name, keyType string, subject peer.ID, addresses []ma.Multiaddr, envelope []byte,
) envelopeVector {
	line := envelopeVector{
		Name: name, KeyType: keyType, PeerID: subject.String(),
		PeerIDHex: hex.EncodeToString([]byte(subject)), EnvelopeHex: hex.EncodeToString(envelope),
		Seq: strconv.Itoa(vectorSeq), Multiaddrs: texts(addresses),
		// Go's ECDSA draws a random nonce; RFC 6979 (secp256k1), Ed25519 and PKCS #1 v1.5 do not.
		Deterministic: keyType != "ecdsa",
	}
	_, err := open(envelope)
	line.Verifies = err == nil
	if err != nil {
		line.Error = err.Error()
	}
	return line
}

func validEnvelopes() []envelopeVector {
	var list []envelopeVector
	for _, keyType := range []string{"ed25519", "secp256k1", "rsa"} {
		key := must(fixedKey(keyType, keyType))
		id := must(idOf(key))
		addresses := vectorAddresses()
		list = append(list, describeEnvelope(
			keyType, keyType, id, addresses, must(seal(key, id, vectorSeq, addresses))))
	}
	return list
}

// invalidEnvelopes holds what a point refuses: some do not verify, the others verify but break a
// rule on addresses or keys. Two of them are the greatest that the rules on addresses still allow.
func invalidEnvelopes() []envelopeVector {
	const kind = "ed25519"
	addresses := vectorAddresses()
	key := must(fixedKey(kind, kind))
	id := must(idOf(key))
	other := must(fixedKey(kind, "somebody else"))
	otherID := must(idOf(other))
	honest := must(seal(key, id, vectorSeq, addresses))
	peerRecord := &peer.PeerRecord{}

	describe := func(
		name string, subject peer.ID, content []ma.Multiaddr, envelope []byte,
	) envelopeVector {
		return describeEnvelope(name, kind, subject, content, envelope)
	}
	with := func(name string, content []ma.Multiaddr) envelopeVector {
		return describe(name, id, content, must(seal(key, id, vectorSeq, content)))
	}
	ecdsaKey, _ := must2(crypto.GenerateECDSAKeyPair(rand.Reader))
	ecdsaID := must(idOf(ecdsaKey))

	return []envelopeVector{
		describe("wrong domain", id, addresses, must(sealLabelled(
			key, vectorSeq, addresses, "libp2p-routing-record", peerRecord.Codec()))),
		describe("wrong payload type", id, addresses, must(sealLabelled(
			key, vectorSeq, addresses, peerRecord.Domain(), []byte{0x03, 0x7f}))),
		describe("foreign key", otherID, addresses, must(seal(key, otherID, vectorSeq, addresses))),
		describe("tampered payload", id, addresses, must(tamper(honest, func(e *recordpb.Envelope) {
			e.Payload[len(e.Payload)-1] ^= 1
		}))),
		describe("tampered signature", id, addresses, must(tamper(honest, func(e *recordpb.Envelope) {
			e.Signature[0] ^= 1
		}))),
		describe("public key replaced", id, addresses, must(tamper(honest, func(e *recordpb.Envelope) {
			e.PublicKey = must(crypto.PublicKeyToProto(other.GetPublic()))
		}))),
		describe("cut short", id, addresses, honest[:len(honest)-1]),
		with("no addresses", nil),
		with("32 addresses", tcpAddresses(32, 4001)),
		with("33 addresses", tcpAddresses(33, 4001)),
		with("addresses of 2048 bytes", dnsAddresses(8, 256)),
		with("addresses of 2049 bytes", append(dnsAddresses(7, 256), dnsAddress(257, 4008))),
		describeEnvelope("ecdsa key", "ecdsa", ecdsaID, addresses,
			must(seal(ecdsaKey, ecdsaID, vectorSeq, addresses))),
	}
}

func dnsAddresses(count, bytes int) []ma.Multiaddr {
	list := make([]ma.Multiaddr, count)
	for i := range list {
		list[i] = dnsAddress(bytes, 4001+i)
	}
	return list
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}
