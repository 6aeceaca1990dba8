/**
 * Addresses of peers. Inside skein an address is one canonical text, `10.0.0.1:12345` or `[fd00::1]:12345`, so that equal
 * addresses are equal strings; on the wire it is 4 or 16 bytes and a port. Never a host name.
 */

/** `ip:port`, an IPv6 address in brackets and in its canonical form (RFC 5952). */
export type PeerAddress = string
