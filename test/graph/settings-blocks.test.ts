/** Blocks of which there is one and that aren't components, but for `http`: what they decode to, and what is refused. */
import { describe, expect, it } from 'vitest'
import { liveDebuggingSettings } from '../../core/graph/live-debugging.ts'
import { loggingSettings } from '../../core/graph/logging.ts'
import { tracingProblems } from '../../core/graph/tracing.ts'
import type { Block } from '../../core/syntax/ast.ts'
import { type Diagnostic, formatDiagnostic } from '../../core/syntax/diagnostic.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import type { ObjectValue } from '../../core/syntax/value.ts'

const GLOBALS: ObjectValue = new Map([['yes', true]])

function blockOf(text: string): Block {
  const parsed = parseFile('a.alloy', text)
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'))
  const [block] = parsed.file.body
  if (block?.kind !== 'block') throw new Error('not a block')
  return block
}

/** `severity line:column: message | hint`. */
function told(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((one) => {
    const line = formatDiagnostic(one).replace('a.alloy:', '')
    return `${one.severity} ${one.hint === undefined ? line : `${line} | ${one.hint}`}`
  })
}

describe('livedebugging', () => {
  it.each([
    ['livedebugging { }', false],
    ['livedebugging { enabled = true }', true],
    ['livedebugging { enabled = yes }', true],
    ['livedebugging { enabled = null }', false],
  ])('%j', (text, enabled) => {
    expect(liveDebuggingSettings(blockOf(text), GLOBALS)).toEqual({ settings: { enabled }, diagnostics: [] })
  })

  it('is off without a block', () => {
    expect(liveDebuggingSettings(undefined, GLOBALS)).toEqual({ settings: { enabled: false }, diagnostics: [] })
  })

  it.each([
    ['livedebugging "x" { }', 'does not support specifying labels'],
    ['livedebugging { enabled = "a" }', 'should be bool, got string'],
    ['livedebugging { enable = true }', 'unrecognized attribute name "enable"'],
  ])('refuses %j', (text, message) => {
    const { settings, diagnostics } = liveDebuggingSettings(blockOf(text), GLOBALS)
    expect(settings).toEqual({ enabled: false })
    expect(told(diagnostics)).toEqual([expect.stringContaining(message)])
  })
})

describe('tracing', () => {
  it('is checked, and has no effect', () => {
    const whole = `tracing {
      sampling_fraction = 0.5
      write_to = []
      send_traceparent = true
      sampler { jaeger_remote {
        url = "http://x"
        max_operations = 3
        refresh_interval = "2m"
      } }
    }`
    for (const text of ['tracing { }', whole, 'tracing { write_to = null }', 'tracing { write_to = ([]) }']) {
      expect(told(tracingProblems(blockOf(text), GLOBALS))).toEqual([
        'warning 1:1: tracing has no effect: skein makes no traces of itself | remove the block',
      ])
    }
    expect(tracingProblems(undefined, GLOBALS)).toEqual([])
  })

  it.each([
    [
      'tracing { write_to = [otelcol.exporter.otlp.x.input] }',
      'error 1:11: attribute "write_to" is not supported by this version of skein yet: skein makes no traces of itself | remove the attribute',
    ],
    ['tracing { write_to = yes }', expect.stringContaining('attribute "write_to" is not supported')],
    ['tracing { sampling_fraction = "a" }', expect.stringContaining('should be number, got string')],
    ['tracing { sampler { other { } } }', expect.stringContaining('unrecognized block name "other"')],
    ['tracing "x" { }', expect.stringContaining('does not support specifying labels')],
  ])('refuses %j', (text, problem) => {
    expect(told(tracingProblems(blockOf(text), GLOBALS))).toEqual([problem])
  })
})

describe('logging', () => {
  it('may say where lines go when that is where they go', () => {
    const text = 'logging {\n level = "debug"\n destination = "stderr"\n write_to = []\n }'
    expect(loggingSettings(blockOf(text), GLOBALS)).toEqual({
      settings: { level: 'debug', format: 'logfmt' },
      diagnostics: [],
    })
  })

  it('says what to do about lines that go elsewhere', () => {
    const text = 'logging {\n destination = "windows_event_log"\n write_to = [loki.write.x.receiver]\n }'
    expect(told(loggingSettings(blockOf(text), GLOBALS).diagnostics)).toEqual([
      'error 3:2: attribute "write_to" is not supported by this version of skein yet: lines go to stderr | remove the attribute and collect stderr, as container runtimes and journald do',
      'error 2:2: attribute "destination" is not supported by this version of skein yet: lines go to stderr; remove the attribute and redirect stderr',
    ])
  })
})
