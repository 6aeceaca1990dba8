/** What a node answers to the commands that ask it, up to what they print; and the address that they are given. */
import { readAddress } from '../../../adapters/cli/api-address.ts'
import type { Runtime } from '../../../adapters/cli/command.ts'
import { main } from '../../../adapters/cli/main.ts'
import { clusterView, diagnosis, check as doctorCheck } from '../../adapters/cli/api-fixtures.ts'
import { setup } from '../../adapters/cli/fake-runtime.ts'
import { NONE, ONE, PAGE, RING, SEVERAL } from '../../api/shapes/samples.ts'
import { answer, fakePorts } from '../../components/fake-ports.ts'
import { type Bytes, utf8 } from '../mutate.ts'
import { check, type Parser, text, texts } from '../parser.ts'

/** What a terminal would obey. */
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

const NARROW: Runtime['output'] = { color: false, columns: 60 }
const PIPE: Runtime['output'] = { color: false, columns: undefined }

interface Shown {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function shown(words: readonly string[], input: Bytes, output: Runtime['output']): Promise<Shown> {
  const source = text(input)
  const status = /^[2-5]\d\d /.test(source) ? Number(source.slice(0, 3)) : 200
  const body = status === 200 ? input : input.subarray(4)
  const { ports, hosts } = fakePorts()
  hosts.set('127.0.0.1:12345', ({ url }) =>
    url.pathname === '/-/ready' ? { ...answer(''), body } : { ...answer('', {}, status), body },
  )
  const { runtime, seen } = setup()
  const code = await main(words, { ...runtime, ports, output })
  check(code === 0 || code === 1, `a command ends well or not: ${code} ${seen.err}`)
  check(!OBEYED.test(seen.out) && !OBEYED.test(seen.err), 'nothing is shown that a terminal obeys')
  check((seen.err === '') === (code === 0) || seen.out !== '', 'who fails says why')
  if (seen.err !== '') {
    // 300 characters, of which each may be shown as six.
    check(/^skein \w+: [^\n]{20,2200}\n$/.test(seen.err), `a problem is a line: ${seen.err.slice(0, 200)}`)
    check(!/is not a function|Cannot read|undefined/.test(seen.err), `a problem is for people: ${seen.err}`)
  }
  return { code, out: seen.out, err: seen.err }
}

function commandReader(words: readonly string[]): (input: Bytes) => Promise<void> {
  return async (input) => {
    const wide = await shown(words, input, PIPE)
    const narrow = await shown(words, input, NARROW)
    check(wide.code === narrow.code && wide.err === narrow.err, 'how wide a terminal is makes no difference')
    check(!/\b(?:NaN|undefined)\b|\[object/.test(wide.out) || /NaN|undefined|object/.test(text(input)), 'it is words')
    const json = await shown([...words, '--json'], input, PIPE)
    if (json.out === '') return
    // A byte order mark isn't the text's.
    const same = JSON.stringify(JSON.parse(json.out)) === JSON.stringify(JSON.parse(text(input)))
    check(same, 'JSON is shown as it came')
    check(json.code === wide.code, 'and the exit code is the same')
  }
}

const JSON_TOKENS: readonly string[] = [
  ...['null', 'true', '-1', '1e999', '1e300', '""', '[]', '{}', '[', ']', '{', '}', ',', ':', '"', '\\', '"toString"'],
  ...['"\\u001b[31m"', '"\\u202e"', '500 ', '404 ', '401 ', '2026-13-01T00:00:00Z', '9007199254740991', '"\\ud800"'],
]

function command(words: readonly string[], covers: readonly string[], ...answers: readonly unknown[]): Parser {
  const seeds = answers.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return {
    name: `answer to skein ${words[0]}`,
    covers: covers.map((name) => `adapters/cli/${name}`),
    seeds: () => seeds.map(utf8),
    tokens: JSON_TOKENS,
    microsPerByte: 30,
    inputs: 80,
    longest: 256 * 1024,
    read: commandReader(words),
  }
}

export const commandLineParsers: readonly Parser[] = [
  command(['cluster'], ['cluster.ts:clusterCommand', 'amounts.ts:agoText'], clusterView()),
  command(
    ['doctor'],
    ['doctor.ts:doctorCommand', 'api-client.ts:openApi', 'api-problems.ts:refusalText'],
    diagnosis(doctorCheck('ok'), doctorCheck('trouble', { remedy: ['Look at it.', 'Mend it.'] })),
    '404 404 page not found',
    '400 {"error":"there is no such question"}',
    '403 {"error":["no"]}',
    '502 <html>',
  ),
  command(['targets'], ['targets.ts:targetsCommand'], PAGE),
  command(['explain', '10.0.0.7'], ['explain.ts:explainCommand'], ONE, SEVERAL, NONE),
  command(['ring'], ['ring.ts:ringCommand'], RING),
  {
    name: 'address of a node',
    covers: ['adapters/cli/api-address.ts:readAddress'],
    seeds: texts(
      '127.0.0.1:12345',
      'host',
      ':80',
      '[::1]:9',
      'https://ann:pw@skein.example/prefix/',
      'http://h:80?x#y',
    ),
    tokens: ['http://', 'HTTPS://', '//', '@', ':', '[', ']', '?', '#', '%', '/..', ' ', '\\', '\t', 'é', ':99999'],
    read(input) {
      const given = text(input)
      const read = readAddress(given)
      if (!read.ok) {
        check(!given.includes('@') || !read.problem.includes(given), 'what may be a password is not repeated')
        return
      }
      const { protocol, pathname, search, hash, hostname } = read.base
      check(/^https?:$/.test(protocol) && hostname !== '' && search === '' && hash === '', 'an address is a base')
      check(pathname.endsWith('/') && URL.canParse('api/v1/node', read.base), 'and paths follow it')
    },
  },
]
