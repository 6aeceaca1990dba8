/**
 * The metrics of the transport, with Alloy's names. Unlike Alloy's each packet counts once, counters are counters, and what
 * failed to arrive shows as well. The scope brings `cluster_name`.
 */
import type { MetricScope } from '../telemetry/registry.ts'

export interface TransportMetrics {
  /** Bytes without frame headers, here and below. */
  packetReceived(bytes: number): void
  /** Failed ones count as sent too, as in Alloy. */
  packetSent(bytes: number, ok: boolean): void
  streamOpened(): void
  streamClosed(): void
  streamRead(bytes: number): void
  streamReadFailed(): void
  streamWritten(bytes: number, ok: boolean): void
  /** Where to read how many packets wait to be sent. */
  queue(length: () => number): void
}

export function createTransportMetrics(scope: MetricScope): TransportMetrics {
  const rx = counters(scope, 'cluster_transport_rx', 'received')
  const tx = counters(scope, 'cluster_transport_tx', 'sent')
  const txFailed = scope.counter('cluster_transport_tx_packets_failed_total', 'Packets that no peer has taken.')
  const streamRx = counters(scope, 'cluster_transport_stream_rx', 'received on streams')
  const streamTx = counters(scope, 'cluster_transport_stream_tx', 'sent on streams')
  const streamRxFailed = scope.counter(
    'cluster_transport_stream_rx_packets_failed_total',
    'Streams that ended or failed before all was received.',
  )
  const streamTxFailed = scope.counter(
    'cluster_transport_stream_tx_packets_failed_total',
    'Packets on streams that could not be sent.',
  )
  const streams = scope.gauge('cluster_transport_streams', 'Streams open now, in both directions.')
  // Packets are worked on as they arrive, so nothing ever waits; dashboards have a panel for it.
  scope.gauge('cluster_transport_rx_packet_queue_length', 'Received packets that wait to be worked on.').set(0)
  const txQueue = scope.gauge('cluster_transport_tx_packet_queue_length', 'Packets that wait to be sent.')

  return {
    packetReceived: rx,
    packetSent(bytes, ok) {
      tx(bytes)
      if (!ok) txFailed.inc()
    },
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
    streamRead: streamRx,
    streamReadFailed: () => streamRxFailed.inc(),
    streamWritten(bytes, ok) {
      streamTx(bytes)
      if (!ok) streamTxFailed.inc()
    },
    queue(length) {
      scope.beforeCollect(() => txQueue.set(length()))
    },
  }
}

function counters(scope: MetricScope, prefix: string, what: string): (bytes: number) => void {
  const packets = scope.counter(`${prefix}_packets_total`, `Packets ${what}.`)
  const bytesTotal = scope.counter(`${prefix}_bytes_total`, `Bytes ${what}.`)
  return (bytes) => {
    packets.inc()
    bytesTotal.inc(bytes)
  }
}
