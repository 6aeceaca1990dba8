package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// Numbers are text, since JSON knows neither NaN nor infinity; the bits of a sample tell staleness markers.
type sample struct {
	Value     string `json:"value"`
	Bits      string `json:"bits"`
	Timestamp int64  `json:"timestamp"`
	Start     int64  `json:"start"`
}

type family struct {
	Family string `json:"family"`
	Type   string `json:"type"`
	Help   string `json:"help"`
	Unit   string `json:"unit"`
}

type point struct {
	Labels    map[string]string `json:"labels"`
	Value     string            `json:"value"`
	Timestamp int64             `json:"timestamp"`
}

type native struct {
	Timestamp     int64  `json:"timestamp"`
	Start         int64  `json:"start"`
	Float         bool   `json:"float"`
	Schema        int32  `json:"schema"`
	ZeroThreshold string `json:"zeroThreshold"`
	ZeroCount     string `json:"zeroCount"`
	Count         string `json:"count"`
	Sum           string `json:"sum"`
	ResetHint     int    `json:"resetHint"`
	// Buckets that are not empty, each as `lower..upper count`: independent of how spans are laid out.
	Buckets      []string `json:"buckets"`
	CustomValues []string `json:"customValues"`
	// What Prometheus finds wrong with it; empty when nothing.
	Invalid string `json:"invalid"`
}

type series struct {
	Labels     map[string]string `json:"labels"`
	Metadata   *family           `json:"metadata"`
	Samples    []sample          `json:"samples"`
	Histograms []native          `json:"histograms"`
	Exemplars  []point           `json:"exemplars"`
}

// read decodes a request of either version by Prometheus's generated code.
func read(contentType string, body []byte) ([]series, []family, error) {
	message, err := snappy.Decode(nil, body)
	if err != nil {
		return nil, nil, fmt.Errorf("snappy: %w", err)
	}
	if strings.Contains(contentType, "io.prometheus.write.v2.Request") {
		return readSecond(message)
	}
	return readFirst(message)
}

func readFirst(message []byte) ([]series, []family, error) {
	var request prompb.WriteRequest
	if err := request.Unmarshal(message); err != nil {
		return nil, nil, err
	}
	builder := labels.NewScratchBuilder(0)
	found := []series{}
	for _, one := range request.Timeseries {
		s := series{Labels: one.ToLabels(&builder, nil).Map()}
		for _, p := range one.Samples {
			s.Samples = append(s.Samples, sampleOf(p.Value, p.Timestamp, 0))
		}
		for _, h := range one.Histograms {
			s.Histograms = append(s.Histograms, nativeOf(h.IsFloatHistogram(), h.ToFloatHistogram(), h.Timestamp, 0))
		}
		for _, e := range one.Exemplars {
			s.Exemplars = append(s.Exemplars, pointOf(e.ToExemplar(&builder, nil)))
		}
		found = append(found, s)
	}
	families := []family{}
	for _, m := range request.Metadata {
		kind := strings.ToLower(m.Type.String())
		families = append(families, family{Family: m.MetricFamilyName, Type: kind, Help: m.Help, Unit: m.Unit})
	}
	return found, families, nil
}

func readSecond(message []byte) ([]series, []family, error) {
	var request writev2.Request
	if err := request.Unmarshal(message); err != nil {
		return nil, nil, err
	}
	builder := labels.NewScratchBuilder(0)
	found := []series{}
	for _, one := range request.Timeseries {
		set, err := one.ToLabels(&builder, request.Symbols)
		if err != nil {
			return nil, nil, err
		}
		m, err := one.ToMetadata(request.Symbols)
		if err != nil {
			return nil, nil, err
		}
		s := series{Labels: set.Map(), Metadata: &family{Type: string(m.Type), Help: m.Help, Unit: m.Unit}}
		for _, p := range one.Samples {
			s.Samples = append(s.Samples, sampleOf(p.Value, p.Timestamp, p.StartTimestamp))
		}
		for _, h := range one.Histograms {
			s.Histograms = append(s.Histograms, nativeOf(h.IsFloatHistogram(), h.ToFloatHistogram(), h.Timestamp, h.StartTimestamp))
		}
		for _, e := range one.Exemplars {
			converted, err := e.ToExemplar(&builder, request.Symbols)
			if err != nil {
				return nil, nil, err
			}
			s.Exemplars = append(s.Exemplars, pointOf(converted))
		}
		found = append(found, s)
	}
	return found, []family{}, nil
}

func sampleOf(value float64, timestamp, start int64) sample {
	return sample{number(value), fmt.Sprintf("%016x", math.Float64bits(value)), timestamp, start}
}

func pointOf(e exemplar.Exemplar) point {
	return point{e.Labels.Map(), number(e.Value), e.Ts}
}

func nativeOf(float bool, h *histogram.FloatHistogram, timestamp, start int64) native {
	n := native{
		Timestamp:     timestamp,
		Start:         start,
		Float:         float,
		Schema:        h.Schema,
		ZeroThreshold: number(h.ZeroThreshold),
		ZeroCount:     number(h.ZeroCount),
		Count:         number(h.Count),
		Sum:           number(h.Sum),
		ResetHint:     int(h.CounterResetHint),
	}
	for _, value := range h.CustomValues {
		n.CustomValues = append(n.CustomValues, number(value))
	}
	if err := h.Validate(); err != nil {
		n.Invalid = err.Error()
		return n
	}
	for buckets := h.AllBucketIterator(); buckets.Next(); {
		if b := buckets.At(); b.Count != 0 {
			n.Buckets = append(n.Buckets, fmt.Sprintf("%s..%s %s", number(b.Lower), number(b.Upper), number(b.Count)))
		}
	}
	return n
}

func number(value float64) string {
	return strconv.FormatFloat(value, 'g', -1, 64)
}
