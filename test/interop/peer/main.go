// Command peer runs nodes of Grafana's cluster library as Grafana Alloy runs them, for a test to talk to.
//
// It reads one request per line from standard input and answers with one line on standard output, both JSON (see
// control.go); logs go to standard error. It ends when its input ends, without farewell: as a crash.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/grafana/ckit/shard"
)

// A list of 10,000 keys is one line.
const maxLine = 16 << 20

func main() {
	name := flag.String("name", "ckit", "name of the node; with --count the first part of the names")
	label := flag.String("cluster-name", "", "what --cluster.name is in Alloy")
	count := flag.Int("count", 1, "number of nodes in this process; they join the first")
	port := flag.Int("port", 0, "port on 127.0.0.1 of the first node; 0 for a free one")
	debug := flag.Bool("debug", false, "log everything")
	flag.Parse()

	logger := log.With(log.NewLogfmtLogger(log.NewSyncWriter(os.Stderr)), "ts", log.DefaultTimestampUTC)
	if *debug {
		logger = level.NewFilter(logger, level.AllowDebug())
	} else {
		logger = level.NewFilter(logger, level.AllowInfo())
	}
	if err := run(*name, *label, *count, *port, logger, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(name, label string, count, port int, logger log.Logger, in io.Reader, out io.Writer) error {
	lines := &lineWriter{out: json.NewEncoder(out)}
	nodes := make([]*node, 0, count)
	client := newClient()
	for i := range count {
		nodeName, nodePort := name, 0
		ring := shard.Ring(tokensPerNode)
		if count > 1 {
			ring = nil
			nodeName = fmt.Sprintf("%s-%03d", name, i)
		}
		if i == 0 {
			nodePort = port
		}
		one, err := newNode(nodeName, label, nodePort, client, ring, log.With(logger, "node", nodeName))
		if err != nil {
			return err
		}
		nodes = append(nodes, one)
	}

	first := nodes[0]
	first.onPeers(func(peers []peerLine) { lines.write(map[string]any{"event": "peers", "peers": peers}) })
	lines.write(map[string]any{"event": "listening", "addr": first.addr})

	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	// At the same time: a change of state may wait for seconds, and a look at the peers mustn't wait with it.
	var pending sync.WaitGroup
	for scanner.Scan() {
		var asked request
		if err := json.Unmarshal(scanner.Bytes(), &asked); err != nil {
			return fmt.Errorf("not a request: %q: %w", scanner.Text(), err)
		}
		pending.Add(1)
		go func() {
			defer pending.Done()
			result, err := handle(nodes, asked)
			if err != nil {
				lines.write(map[string]any{"id": asked.ID, "error": err.Error()})
			} else {
				lines.write(map[string]any{"id": asked.ID, "result": result})
			}
		}()
	}
	return scanner.Err()
}

type lineWriter struct {
	mut sync.Mutex
	out *json.Encoder
}

func (w *lineWriter) write(line map[string]any) {
	w.mut.Lock()
	defer w.mut.Unlock()
	_ = w.out.Encode(line)
}
