/** How names and addresses that somebody else chose are written in labels: as Prometheus's discoveries write them. */

/** Every character that a label name can't have becomes one `_`. */
export function labelName(text: string): string {
  return text.replace(/[^a-zA-Z0-9_]/gu, '_')
}

/** As Go's net.JoinHostPort: IPv6 in brackets. */
export function hostPort(host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
