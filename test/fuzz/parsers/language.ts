/** The configuration language, YAML and JSON as it reads them, other agents' configurations. */
import type { ConvertedFormat } from '../../../core/convert/convert.ts'
import { readExtraArgs } from '../../../core/convert/extra-args.ts'
import { looksLikeAlloy } from '../../../core/convert/recognise.ts'
import { MAX_REMOTE_CONTENT_BYTES, MAX_YAML_BYTES } from '../../../core/limits.ts'
import { renderDiagnostics } from '../../../core/syntax/diagnostic.ts'
import { parseGoDuration, parsePrometheusDuration } from '../../../core/syntax/duration.ts'
import { fromBase64, fromJson, fromUrlBase64, readExactly, urlDecode } from '../../../core/syntax/encoding.ts'
import { evaluate, scopeOf } from '../../../core/syntax/evaluate.ts'
import { jsonPath } from '../../../core/syntax/json-path.ts'
import { parseExpression, parseFile } from '../../../core/syntax/parser.ts'
import { printFile } from '../../../core/syntax/printer.ts'
import { hideSecrets, isSecretName } from '../../../core/syntax/secret-text.ts'
import { sprintf } from '../../../core/syntax/sprintf.ts'
import { createStandardLibrary } from '../../../core/syntax/stdlib.ts'
import { deepEqual, formatValue, parseInteger, ValueError } from '../../../core/syntax/value.ts'
import { fromYaml } from '../../../core/syntax/yaml.ts'
import { readYaml } from '../../../core/syntax/yaml-tree.ts'
import { convertText, disk } from '../../convert/converting.ts'
import { fixture } from '../fixtures.ts'
import { type Bytes, utf8 } from '../mutate.ts'
import { check, type Parser, text, texts } from '../parser.ts'

const SYNTAX = 'core/syntax'

const LANGUAGE_TOKENS: readonly string[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '`',
    '\\',
    '\n',
    '//',
    '/*',
    '*/',
    '=',
    ',',
    '.',
    'a',
    ' ',
    '!',
    '&&',
    '-',
    '^',
  ],
  ...['\\u', '\\x', '0x', '1e', 'null', 'true', 'prometheus.scrape "a" ', 'declare "x" ', '"1', '\ufeff'],
]

const standard = createStandardLibrary({
  constants: { hostname: 'h', os: 'o', arch: 'a', version: 'v' },
  environment: new Map(),
})

function readConfiguration(input: Bytes): void {
  const result = parseFile('f', input)
  if (result.ok) {
    const printed = printFile(result.file)
    const again = parseFile('f', printed)
    check(again.ok && printFile(again.file) === printed, 'what was printed can be read, and is printed so again')
    return
  }
  check(result.diagnostics.length > 0, 'a refusal has a reason')
  renderDiagnostics(result.diagnostics, new Map([['f', input]]))
}

function readExpression(input: Bytes): void {
  const parsed = parseExpression(text(input))
  if (!parsed.ok) {
    check(parsed.diagnostics.length > 0, 'a refusal has a reason')
    return
  }
  const result = evaluate(parsed.expression, scopeOf(standard.values))
  if (result.ok) formatValue(result.value)
}

/** What the standard library throws, about one of its arguments. */
function isValueError(thrown: unknown): boolean {
  return thrown instanceof ValueError
}

function sameOrRefused(read: () => unknown, again: () => unknown): void {
  check(deepEqual(read(), again()), 'reading twice gives the same')
}

const YAML: readonly string[] = [
  'a: &x {b: 1, c: [1, 2.5, ~, "t\\n"]}\nd: *x\ne:\n  <<: *x\n  f: |\n    text\n    more\n',
  '- targets: ["a:1", b]\n  labels: {env: prod}\n- targets:\n    - c\n',
  '%YAML 1.2\n---\n? k\n: !!str 1\n...\n---\nsecond\n',
  '2001-12-14t21:59:43.10-05:00: 0o17\n1_000: .inf\n',
]

const YAML_TOKENS: readonly string[] = [
  ...[
    '- ',
    ': ',
    '? ',
    '&a ',
    '*a',
    '<<: *a',
    '!!',
    '|\n',
    '>\n',
    '---\n',
    '...\n',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '#',
    '\t',
    '\n',
  ],
  ...['\n  ', '%', '@', ', ', '\u2028', '!<', '~', '? - '],
]

const JSON_TEXTS: readonly string[] = [
  '{"a":[1,-2.5e3,"x\\u00e9\\n",null,true,{"b":{}}],"9007199254740993":18446744073709551615}',
  '[[],{},"",0]',
  '{"__proto__":{"a":1},"constructor":2}',
]

const JSON_TOKENS: readonly string[] = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '\\u',
  ',',
  ':',
  'null',
  '-',
  '1e',
  '"a":',
  '"__proto__":',
  '\n',
]

const FORMATS: readonly ConvertedFormat[] = ['prometheus', 'static', 'instance']

async function readForeign(input: Bytes): Promise<void> {
  const source = text(input)
  looksLikeAlloy(source)
  for (const format of FORMATS) {
    const { text: alloy, remarks } = await convertText(source, { format, files: disk({ 'a.yml': source }) })
    if (alloy === undefined)
      check(
        remarks.some(({ weight }) => weight === 'critical'),
        'a refusal has a reason',
      )
    else check(parseFile('', alloy).ok, 'what is written can be read')
  }
}

const CONVERTED: readonly string[] = [
  'usual-server.yml',
  'static-agent.yml',
  'service-discoveries.yml',
  'relabelling.yml',
]

export const languageParsers: readonly Parser[] = [
  {
    name: 'configuration',
    covers: [
      `${SYNTAX}/parser.ts:parseFile`,
      `${SYNTAX}/scanner.ts:createScanner`,
      `${SYNTAX}/characters.ts:decode`,
      `${SYNTAX}/utf8.ts:decodeText`,
    ],
    seeds: () =>
      ['usual-server.alloy', 'blackbox.alloy'].map((name) => utf8(fixture(`convert/${name}`).slice(0, 1500))),
    tokens: LANGUAGE_TOKENS,
    // Each token that is wrong is a diagnostic with its line; at most 100 of them.
    microsPerByte: 6,
    inputs: 150,
    read: readConfiguration,
  },
  {
    name: 'expression',
    covers: [`${SYNTAX}/parser.ts:parseExpression`],
    seeds: texts(
      '1 + 2 * -3 ^ 2 == 4 || !true && "a" < "b"',
      '{a = [1, "x", null], "b" = string.format("%05.2f %v %q", 1.5, [1], "x")}.a[1]',
      'encoding.from_json("{\\"a\\":[1]}")["a"]',
      'string.join(string.split("a,b", ","), `-`)',
      'encoding.from_yaml("a: 1")',
    ),
    tokens: LANGUAGE_TOKENS,
    longest: 256 * 1024,
    microsPerByte: 6,
    read: readExpression,
  },
  {
    name: 'secrets in source',
    covers: [`${SYNTAX}/secret-text.ts:hideSecrets`],
    seeds: texts('a {\n  password = "x"\n  url = "http://u:p@h"\n}\n', "basic_auth { password: 'x' }"),
    tokens: [...LANGUAGE_TOKENS, 'password', 'http://', ':', '@'],
    microsPerByte: 6,
    read(input) {
      const shown = hideSecrets(input, Number.POSITIVE_INFINITY)
      check(shown.split('\n').length === text(input).split('\n').length, 'lines stay where they are')
      isSecretName(text(input))
    },
  },
  {
    name: 'format of string.format',
    covers: [`${SYNTAX}/sprintf.ts:sprintf`],
    seeds: texts('%d %5.2f %-10s|%q %v %%', '%+x %e %t %[1]d %*d'),
    tokens: ['%', '.', '*', '[1]', '9999999', 'd', 's', '-', '+', '#', '0'],
    documented: isValueError,
    read: (input) => void sprintf(text(input), [1n, 2.5, 'x', true, 'y']),
  },
  {
    name: 'YAML',
    covers: [`${SYNTAX}/yaml-tree.ts:readYaml`, `${SYNTAX}/yaml.ts:fromYaml`],
    seeds: texts(...YAML),
    tokens: YAML_TOKENS,
    longest: 128 * 1024,
    // The library's own pace; MAX_YAML_BYTES is its bound.
    microsPerByte: 25,
    inputs: 80,
    documented: isValueError,
    read(input) {
      check(input.length <= MAX_YAML_BYTES, 'longer ones are refused before')
      const reading = readYaml(text(input), (at) => at)
      if (!reading.ok)
        check(reading.problems.length > 0 && reading.problems[0].message !== '', 'a refusal has a reason')
      fromYaml(text(input))
    },
  },
  {
    name: "another agent's configuration",
    covers: [
      'core/convert/convert.ts:convert',
      'core/convert/tree.ts:readTree',
      'core/convert/recognise.ts:looksLikeAlloy',
    ],
    seeds: () => CONVERTED.map((name) => utf8(fixture(`convert/${name}`).slice(0, 900))),
    tokens: YAML_TOKENS,
    longest: 32 * 1024,
    microsPerByte: 80,
    inputs: 24,
    read: readForeign,
  },
  {
    name: 'extra arguments of a conversion',
    covers: ['core/convert/extra-args.ts:readExtraArgs'],
    seeds: texts('-config.expand-env=true --enable-features=a,b', 'x "y z"'),
    tokens: ['-', '--', '=', '"', ' ', ','],
    read: (input) => void readExtraArgs(text(input)),
  },
  {
    name: 'JSON of expressions',
    covers: [`${SYNTAX}/encoding.ts:fromJson`, `${SYNTAX}/encoding.ts:readExactly`],
    seeds: texts(...JSON_TEXTS),
    tokens: JSON_TOKENS,
    longest: MAX_REMOTE_CONTENT_BYTES,
    documented: isValueError,
    read(input) {
      const source = text(input)
      const value = fromJson(source)
      const { exact } = readExactly(source)
      check(formatValue(value).length > 0 && formatValue(exact).length > 0, 'a value can be shown')
      // Integers are exact in one of them.
      check(/\d/.test(source) || deepEqual(value, exact), 'both ways of reading agree')
    },
  },
  {
    name: 'JSONPath',
    covers: [`${SYNTAX}/json-path.ts:jsonPath`],
    seeds: texts('$.a[*].b', '..b', '[?(@.n > 1 && match(@.s, "a.*"))]', '$["a"][1:5:2]', "$[?@.a == 'x']"),
    tokens: ['$', '@', '..', '[', ']', '*', '?', '(', ')', '"', "'", ':', 'search(@, "', '==', '&&', '!', '.a'],
    documented: isValueError,
    // Paths are written by the operator; the library takes its time for long ones.
    longest: 8 * 1024,
    microsPerByte: 20,
    inputs: 150,
    read: (input) => void jsonPath('{"a":[{"b":1,"n":2,"s":"abc"},[1,2,3]],"b":{"b":[]}}', text(input)),
  },
  {
    name: 'base64 and escapes of URLs',
    covers: [
      `${SYNTAX}/encoding.ts:fromBase64`,
      `${SYNTAX}/encoding.ts:fromUrlBase64`,
      `${SYNTAX}/encoding.ts:urlDecode`,
    ],
    seeds: texts('aGVsbG8gd29ybGQ=', 'a-_b\r\nAA==', '%41%e9+b%zz', 'a%20b'),
    tokens: ['=', '\n', '%', '%41', '+', '-', '_', '/'],
    longest: MAX_REMOTE_CONTENT_BYTES,
    documented: () => true,
    read(input) {
      for (const decode of [fromBase64, fromUrlBase64, urlDecode]) {
        try {
          decode(text(input))
        } catch (thrown) {
          check(isValueError(thrown), `${decode.name} throws a ValueError, not ${String(thrown).slice(0, 100)}`)
        }
      }
    },
  },
  {
    name: 'durations and numbers',
    covers: [
      ...[`${SYNTAX}/duration.ts:parseGoDuration`, `${SYNTAX}/duration.ts:parsePrometheusDuration`],
      `${SYNTAX}/value.ts:parseInteger`,
    ],
    seeds: texts('1h30m', '-1.5s', '1d12h', '500ms', '0', '1y2w3d4h5m6s7ms', '42'),
    tokens: ['h', 'm', 's', 'ms', 'µs', 'd', 'w', 'y', '.', '-', '+', '0'],
    read(input) {
      for (const parse of [parseGoDuration, parsePrometheusDuration]) {
        const duration = parse(text(input))
        if (duration.ok) check(Math.abs(duration.milliseconds) <= 2 ** 63 / 1e6, 'a duration has its bound')
        else check(duration.message !== '', 'a refusal has a reason')
      }
      if (/^\d{1,1000}$/.test(text(input)))
        sameOrRefused(
          () => parseInteger(text(input)),
          () => parseInteger(text(input)),
        )
    },
  },
]
