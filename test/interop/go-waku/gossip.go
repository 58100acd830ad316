package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
)

const topicPeersPoll = 200 * time.Millisecond

// addressList is a flag that may be given several times.
type addressList []string

func (l *addressList) String() string { return strings.Join(*l, " ") }

func (l *addressList) Set(address string) error {
	*l = append(*l, address)
	return nil
}

// gossip is a gossipsub peer that knows nobody but rendezvous points.
func gossip(ctx context.Context, args []string) error {
	var addresses addressList
	flags := flag.NewFlagSet("pubsub", flag.ContinueOnError)
	flags.Var(&addresses, "point", "multiaddr of a rendezvous point; may be given several times")
	topicName := flags.String("topic", "", "topic to subscribe to")
	keyType := flags.String("key-type", "ed25519", "ed25519, secp256k1, rsa or ecdsa")
	text := flags.String("publish", "", "text to publish again and again (empty: nothing)")
	everyMs := flags.Int("every-ms", 1000, "pause between two times of --publish")
	seconds := flags.Int("seconds", 0, "stop after this many seconds (0: at a signal)")
	if err := parse(flags, args, "point", "topic"); err != nil {
		return err
	}
	if *everyMs <= 0 {
		return usagef("--every-ms must be positive")
	}
	// Go 1.19 draws the same numbers on every run unless told otherwise.
	rand.Seed(time.Now().UnixNano())
	if *seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*seconds)*time.Second)
		defer cancel()
	}
	h, err := gossipHost(ctx, *keyType, addresses)
	if err != nil {
		return err
	}
	defer h.Close()
	router, err := pubsub.NewGossipSub(ctx, h, pubsub.WithDiscovery(newRendezvousDiscovery(h)))
	if err != nil {
		return err
	}
	topic, err := router.Join(*topicName)
	if err != nil {
		return err
	}
	subscription, err := topic.Subscribe()
	if err != nil {
		return err
	}
	emit(map[string]any{
		"event": "subscribed", "peerId": h.ID().String(), "multiaddrs": texts(h.Addrs()),
	})
	go watchTopicPeers(ctx, topic)
	go obeyStdin(ctx, topic)
	if *text != "" {
		go publishEvery(ctx, topic, *text, time.Duration(*everyMs)*time.Millisecond)
	}
	return printMessages(ctx, h, subscription)
}

// gossipHost listens, and is connected to all points.
func gossipHost(ctx context.Context, keyType string, points []string) (host.Host, error) {
	key, err := newKey(keyType)
	if err != nil {
		return nil, err
	}
	h, err := newHost(key, "/ip4/127.0.0.1/tcp/0")
	if err != nil {
		return nil, err
	}
	for _, address := range points {
		if _, err := connect(ctx, h, address); err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// printMessages prints what others publish, until the context ends.
func printMessages(ctx context.Context, h host.Host, subscription *pubsub.Subscription) error {
	for {
		message, err := subscription.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case message.GetFrom() != h.ID():
			emit(map[string]any{
				"event": "message", "from": message.GetFrom().String(), "data": string(message.Data),
			})
		}
	}
}

// watchTopicPeers prints who else is in the topic, whenever that has changed.
func watchTopicPeers(ctx context.Context, topic *pubsub.Topic) {
	told := []string{}
	for sleep(ctx, topicPeersPoll) {
		ids := []string{}
		for _, id := range topic.ListPeers() {
			ids = append(ids, id.String())
		}
		sort.Strings(ids)
		if !reflect.DeepEqual(ids, told) && ctx.Err() == nil {
			emit(map[string]any{"event": "peers", "topicPeers": ids})
			told = ids
		}
	}
}

func publishEvery(ctx context.Context, topic *pubsub.Topic, text string, every time.Duration) {
	for wait := time.Duration(0); sleep(ctx, wait); wait = every {
		publish(ctx, topic, text)
	}
}

func publish(ctx context.Context, topic *pubsub.Topic, text string) {
	if err := topic.Publish(ctx, []byte(text)); err != nil {
		emitError(ctx, fmt.Errorf("cannot publish: %w", err))
	}
}

type command struct {
	Do   string `json:"do"`
	Data string `json:"data"`
}

// obeyStdin does what each line says. An end of stdin means no more commands, not the end.
func obeyStdin(ctx context.Context, topic *pubsub.Topic) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, pubsub.DefaultMaxMessageSize)
	for lines.Scan() {
		var order command
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.DisallowUnknownFields()
		switch err := decoder.Decode(&order); {
		case err != nil:
			emitError(ctx, fmt.Errorf("not a command: %w", err))
		case order.Do != "publish":
			emitError(ctx, fmt.Errorf("unknown command %q", order.Do))
		default:
			publish(ctx, topic, order.Data)
		}
	}
	if err := lines.Err(); err != nil {
		emitError(ctx, fmt.Errorf("cannot read commands: %w", err))
	}
}
