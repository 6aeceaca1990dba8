// Prometheus's own receiver of remote_write as a judge: its write handler over its own TSDB, from its Go module. For each request
// it prints one line of JSON with what Prometheus's own code read in it, and with what the handler answered.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "skein-judge-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	options := tsdb.DefaultOptions()
	options.EnableExemplarStorage = true
	options.MaxExemplars = 100_000
	db, err := tsdb.Open(folder, slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		return err
	}
	defer db.Close()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	accepted := remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	handler := remote.NewWriteHandler(logger, prometheus.NewRegistry(), db, accepted, false, false, true)

	var lock sync.Mutex
	lines := json.NewEncoder(os.Stdout)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/write", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		// The handler changes them on its way.
		contentType, sent := r.Header.Get("Content-Type"), headers(r.Header)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)

		line := map[string]any{
			"event":   "request",
			"headers": sent,
			"status":  answer.Code,
			"answer":  strings.TrimSpace(answer.Body.String()),
			"written": headers(answer.Header()),
		}
		if series, metadata, err := read(contentType, body); err != nil {
			line["error"] = err.Error()
		} else {
			line["series"] = series
			line["metadata"] = metadata
		}
		lock.Lock()
		err = lines.Encode(line)
		lock.Unlock()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}

		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})

	lock.Lock()
	err = lines.Encode(map[string]any{"event": "listening", "addr": listener.Addr().String()})
	lock.Unlock()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	// Ends with the suite that started it: its standard input closes then.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func headers(all http.Header) map[string]string {
	one := map[string]string{}
	for name := range all {
		one[strings.ToLower(name)] = all.Get(name)
	}
	return one
}
