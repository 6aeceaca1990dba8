package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/go-kit/log"
	"github.com/grafana/ckit"
	"github.com/grafana/ckit/peer"
	"github.com/grafana/ckit/shard"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"golang.org/x/net/http2"
)

const (
	// As Alloy.
	tokensPerNode  = 512
	connectTimeout = 30 * time.Second
	stateTimeout   = 5 * time.Second
	joinAttempts   = 20
	joinPause      = 500 * time.Millisecond
)

// A node with a server of its own: HTTP/1.1 and HTTP/2 with prior knowledge on one port.
type node struct {
	name   string
	addr   string
	ckit   *ckit.Node
	ring   shard.Sharder
	server *http.Server
}

type peerLine struct {
	Name  string `json:"name"`
	Addr  string `json:"addr"`
	State string `json:"state"`
	Self  bool   `json:"self"`
}

// newNode's ring is kept by the node, as Alloy's. It is optional: with hundreds of nodes in a process, each rebuilding its
// own at every change takes minutes.
func newNode(name, label string, port int, client *http.Client, ring shard.Sharder, logger log.Logger) (*node, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	inner, err := ckit.NewNode(client, ckit.Config{Name: name, AdvertiseAddr: addr, Log: logger, Sharder: ring, Label: label})
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(inner.Metrics())

	mux := http.NewServeMux()
	mux.Handle(inner.Handler())
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) { writeMetrics(w, registry) })
	server := &http.Server{Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = server.Serve(listener) }()
	return &node{name: name, addr: addr, ckit: inner, ring: ring, server: server}, nil
}

// newClient has one connection per address for ever, as Alloy's. Nodes of one process share it: they would need N x N.
func newClient() *http.Client {
	return &http.Client{Transport: &http2.Transport{
		AllowHTTP: true,
		DialTLSContext: func(ctx context.Context, network, addr string, _ *tls.Config) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connectTimeout)
			defer cancel()
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}}
}

func (n *node) onPeers(listener func([]peerLine)) {
	n.ckit.Observe(ckit.FuncObserver(func(peers []peer.Peer) bool {
		listener(linesOf(peers))
		return true
	}))
}

func (n *node) peers() []peerLine { return linesOf(n.ckit.Peers()) }

func (n *node) changeState(to peer.State) error {
	ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
	defer cancel()
	return n.ckit.ChangeState(ctx, to)
}

// joinFirst tries again where Alloy waits for its next round: with hundreds of nodes on a busy machine some come too late.
func (n *node) joinFirst(addr string) error {
	var err error
	for range joinAttempts {
		if err = n.ckit.Start([]string{addr}); err == nil {
			return nil
		}
		time.Sleep(joinPause)
	}
	return err
}

// leave is Alloy's way out: announce, say farewell, close.
func (n *node) leave() error {
	if err := n.changeState(peer.StateTerminating); err != nil {
		return err
	}
	if err := n.ckit.Stop(); err != nil {
		return err
	}
	return n.server.Close()
}

// owners asks the node's ring, or makes one of its peers.
func (n *node) owners(keys []shard.Key) ([]string, error) {
	ring := n.ring
	if ring == nil {
		ring = shard.Ring(tokensPerNode)
		ring.SetPeers(n.ckit.Peers())
	}
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		found, err := ring.Lookup(key, 1, shard.OpReadWrite)
		if err != nil {
			return nil, err
		}
		names = append(names, found[0].Name)
	}
	return names, nil
}

func linesOf(peers []peer.Peer) []peerLine {
	lines := make([]peerLine, 0, len(peers))
	for _, p := range peers {
		lines = append(lines, peerLine{Name: p.Name, Addr: p.Addr, State: p.State.String(), Self: p.Self})
	}
	return lines
}

func writeMetrics(w http.ResponseWriter, registry *prometheus.Registry) {
	families, err := registry.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	w.Header().Set("Content-Type", string(format))
	encoder := expfmt.NewEncoder(w, format)
	for _, family := range families {
		_ = encoder.Encode(family)
	}
}
