// Command go-waku is a Go peer for the interop tests: a go-libp2p host that speaks
// /vac/waku/rendezvous/0.0.1 to a rendezvous point, and the maker of testdata/vectors.json.
//
// Every result is one JSON object per line on stdout; diagnostics go to stderr.
// Exit codes: 0 done, 1 failed, 2 usage.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// errUsage marks a mistake in the arguments, already explained on stderr.
var errUsage = errors.New("usage")

var subcommands = map[string]func(ctx context.Context, args []string) error{
	"advertise": advertise,
	"crowd":     crowd,
	"find":      find,
	"register":  register,
	"discover":  discover,
	"pubsub":    gossip,
	"vectors":   vectors,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	if len(os.Args) < 2 || subcommands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go-waku advertise|crowd|find|register|discover|pubsub|vectors [flags]")
		os.Exit(2)
	}

	err := subcommands[os.Args[1]](ctx, os.Args[2:])
	switch {
	case errors.Is(err, flag.ErrHelp): // flag has printed the help
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil && ctx.Err() != nil: // whatever a signal interrupted is not a failure
	case err != nil:
		fmt.Fprintf(os.Stderr, "go-waku %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// parse reads the flags and checks that the named ones were given.
func parse(flags *flag.FlagSet, args []string, required ...string) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		return usagef("unexpected argument %q", flags.Arg(0))
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return usagef("--%s is required", name)
		}
	}
	return nil
}

func usagef(format string, values ...any) error {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	return errUsage
}

var stdout sync.Mutex // register and pubsub print from several goroutines

func emit(line any) {
	stdout.Lock()
	defer stdout.Unlock()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, "stdout:", err)
		os.Exit(1)
	}
}

// emitError tells of a failure that the program goes on after. What failed because the program
// ends is none.
func emitError(ctx context.Context, err error) {
	if ctx.Err() == nil {
		emit(map[string]any{"event": "error", "message": err.Error()})
	}
}
