package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/grafana/ckit/peer"
	"github.com/grafana/ckit/shard"
)

// How many nodes of this process join at the same time: an exchange has to be over within 2 s.
const joinsAtOnce = 25

// A request is {"id":1,"do":"join","addresses":["127.0.0.1:4000"]}; the answer {"id":1,"result":…} or {"id":1,"error":"…"}.
type request struct {
	ID        int      `json:"id"`
	Do        string   `json:"do"`
	Addresses []string `json:"addresses"`
	State     string   `json:"state"`
	Keys      []string `json:"keys"`
	// Labels of each.
	Targets []map[string]string `json:"targets"`
}

// handle does, with all nodes of the process unless said otherwise:
//
//	join    starts the first node with "addresses" (none: alone), and the others with the first one's
//	state   changes to "state": participant or terminating
//	leave   terminating, farewell, end of the server
//	peers   the first node's peers: [{name, addr, state, self}]
//	known   number of peers of each node
//	owners  of "keys" (any text), then of "targets", by the first node's ring: names in their order
func handle(nodes []*node, asked request) (any, error) {
	first := nodes[0]
	switch asked.Do {
	case "join":
		if err := first.ckit.Start(asked.Addresses); err != nil {
			return nil, err
		}
		return nil, each(nodes[1:], joinsAtOnce, func(n *node) error { return n.joinFirst(first.addr) })
	case "state":
		to, err := stateOf(asked.State)
		if err != nil {
			return nil, err
		}
		return nil, each(nodes, len(nodes), func(n *node) error { return n.changeState(to) })
	case "leave":
		return nil, each(nodes, len(nodes), (*node).leave)
	case "peers":
		return first.peers(), nil
	case "known":
		counts := make([]int, 0, len(nodes))
		for _, n := range nodes {
			counts = append(counts, len(n.ckit.Peers()))
		}
		return counts, nil
	case "owners":
		return first.owners(keysOf(asked))
	default:
		return nil, fmt.Errorf("nobody can do %q", asked.Do)
	}
}

func keysOf(asked request) []shard.Key {
	keys := make([]shard.Key, 0, len(asked.Keys)+len(asked.Targets))
	for _, key := range asked.Keys {
		keys = append(keys, shard.StringKey(key))
	}
	for _, labels := range asked.Targets {
		keys = append(keys, targetKey(labels))
	}
	return keys
}

// targetKey is what Alloy hashes for prometheus.scrape: the labels that aren't about discovery, sorted by name.
func targetKey(labels map[string]string) shard.Key {
	key := shard.NewKeyBuilder()
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if !strings.HasPrefix(name, "__meta_") {
			_, _ = fmt.Fprintf(key, "%s\xff%s\xff", name, labels[name])
		}
	}
	return key.Key()
}

func stateOf(text string) (peer.State, error) {
	for _, state := range []peer.State{peer.StateParticipant, peer.StateTerminating} {
		if state.String() == text {
			return state, nil
		}
	}
	return 0, fmt.Errorf("nobody can change to %q", text)
}

// each runs `do` for that many nodes at the same time, and returns the first error.
func each(nodes []*node, atOnce int, do func(*node) error) error {
	errs := make([]error, len(nodes))
	var all sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for i, n := range nodes {
		all.Add(1)
		go func() {
			defer all.Done()
			turns <- struct{}{}
			defer func() { <-turns }()
			errs[i] = do(n)
		}()
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", nodes[i].name, err)
		}
	}
	return nil
}
