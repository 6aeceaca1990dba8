/**
 * What the reference says of each function of the standard library: how it is called and what it gives. The names of the
 * parameters are here only; test/syntax/stdlib-docs.test.ts holds them against what the functions take.
 */

export interface FunctionDoc {
  /** `(text string, separator string) → list(string)`; `?` behind what may be left out, `…` before what may come often. */
  readonly signature: string
  /** One sentence. */
  readonly doc: string
}

export const FUNCTION_DOCS: Readonly<Record<string, FunctionDoc>> = {
  'array.combine_maps': {
    signature: '(left list(map), right list(map), keys list(string), keep_left? bool) → list(map)',
    doc: 'Joins each of the left with each of the right that has the same values under all keys; the right one wins. With `keep_left` a pair that does not match gives its left one.',
  },
  'array.concat': { signature: '(…lists list) → list', doc: 'One list of the elements of all.' },
  'array.group_by': {
    signature: '(items list(map), key string, drop_missing bool) → list(map)',
    doc: 'Objects with the value of the key and, under `items`, all that have it, in the order in which they are met. Those without the key form a group of their own, or are dropped.',
  },
  coalesce: {
    signature: '(…values any) → any',
    doc: 'The first value that is not null, zero, false or empty; else the last one.',
  },
  'convert.nonsensitive': { signature: '(text secret) → string', doc: 'The text of a secret, which is then shown.' },
  'encoding.from_URLbase64': { signature: '(text string) → string', doc: 'Reads base64 of the alphabet for URLs.' },
  'encoding.from_base64': { signature: '(text string) → string', doc: 'Reads base64.' },
  'encoding.from_json': { signature: '(text string) → any', doc: 'Reads JSON.' },
  'encoding.from_yaml': { signature: '(text string) → any', doc: 'Reads YAML, one document.' },
  'encoding.to_URLbase64': { signature: '(text string) → string', doc: 'Base64 of the alphabet for URLs.' },
  'encoding.to_base64': { signature: '(text string) → string', doc: 'Base64, with padding.' },
  'encoding.to_json': { signature: '(value map) → string', doc: 'JSON of an object, with sorted keys.' },
  'encoding.url_decode': { signature: '(text string) → string', doc: 'Reads text as it stands in a query of a URL.' },
  'encoding.url_encode': { signature: '(text string) → string', doc: 'Text as it stands in a query of a URL.' },
  'file.path_join': {
    signature: '(…parts string) → string',
    doc: 'One path of all parts, without `.`, `..` and empty ones where that can be.',
  },
  json_path: {
    signature: '(json string, path string) → list',
    doc: 'All values that a JSONPath (RFC 9535) finds; the `$` may be left out.',
  },
  'string.format': {
    signature: '(format string, …values any) → string',
    doc: "Go's `fmt.Sprintf`: `%s`, `%d`, `%v`, `%q`, `%x`, `%5.2f` and so on. Verbs that do not fit are told in the text.",
  },
  'string.join': { signature: '(parts list(string), separator string) → string', doc: 'One text of all parts.' },
  'string.replace': {
    signature: '(text string, old string, new string) → string',
    doc: 'With all occurrences of `old` replaced.',
  },
  'string.split': {
    signature: '(text string, separator string) → list(string)',
    doc: 'The parts between separators; an empty one splits into characters.',
  },
  'string.to_lower': { signature: '(text string) → string', doc: 'In lower case.' },
  'string.to_upper': { signature: '(text string) → string', doc: 'In upper case.' },
  'string.trim': {
    signature: '(text string, characters string) → string',
    doc: 'Without any of the characters at both ends.',
  },
  'string.trim_prefix': {
    signature: '(text string, prefix string) → string',
    doc: 'Without the prefix, if it is there.',
  },
  'string.trim_space': { signature: '(text string) → string', doc: 'Without white space at both ends.' },
  'string.trim_suffix': {
    signature: '(text string, suffix string) → string',
    doc: 'Without the suffix, if it is there.',
  },
  'sys.env': { signature: '(name string) → string', doc: 'The environment variable; empty when it is not set.' },
}

/** Members of `constants`. */
export const CONSTANT_DOCS: Readonly<Record<string, string>> = {
  arch: 'Architecture, as Go names it: `amd64`, `arm64`.',
  hostname: 'Name of the host.',
  os: 'Operating system, as Go names it: `linux`, `darwin`, `windows`.',
  version: 'Version of skein, with a `v` in front.',
}
