import { describe, expect, it } from 'vitest'
import { type Diagnostic, renderDiagnostics } from '../../core/syntax/diagnostic.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import type { Fields } from '../../core/syntax/schema.ts'
import { hideSecrets, isSecretName } from '../../core/syntax/secret-text.ts'
import { optionalSecret } from '../../core/syntax/types.ts'
import { FACTS } from '../../scripts/reference/facts.ts'

/** Of secret arguments; text that may as well be none (`secret | string`) is shown where it is written down. */
function secretArguments(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.kind === 'squash' || field.kind === 'block') return secretArguments(field.schema.fields)
    const type = field.kind === 'attribute' ? field.type : field.attribute?.type
    return type?.secret === true && type.name !== optionalSecret.name ? [name] : []
  })
}

describe('the names of secrets', () => {
  it('are known: add what is missing to core/syntax/secret-text.ts', () => {
    const names = new Set(
      [...FACTS.components, ...FACTS.blocks].flatMap(({ schema }) => secretArguments(schema.fields)),
    )
    expect(names.size).toBeGreaterThan(5)
    expect([...names].filter((name) => !isSecretName(name))).toEqual([])
  })
})

describe('lines of source', () => {
  it.each([
    ['password = "hunter2"', 'password = "*******"'],
    ['password="hunter2" // c', 'password="*******" // c'],
    ['  bearer_token =  `hunter2`', '  bearer_token =  `*******`'],
    ['bearertoken = "hunter2"', 'bearertoken = "*******"'],
    ['password = "hünter"\nb = "shown"', 'password = "*******"\nb = "shown"'],
    ['password =\n\n"hunter2"', 'password =\n\n"*******"'],
    ['key_pem = `BEGIN\nhunter2\nEND`\nb = "c"', 'key_pem = `*****\n*******\n***`\nb = "c"'],
    ['password = "a" + f("b", c) + "d"\ne = "f"', 'password = "*" + f("*", c) + "*"\ne = "f"'],
    [
      'http_headers = {\n"X-Key" = ["hunter2"],\nx = ["y"],\n}\na = "b"',
      'http_headers = {\n"X-Key" = ["*******"],\nx = ["*"],\n}\na = "b"',
    ],
    // As it should not be.
    ['password: "hunter2"', 'password: "*******"'],
    ['"password": "hunter2"', '"password": "*******"'],
    ['http_headers {\n"X-Key" = ["hunter2"],\n}\na = "b"', 'http_headers {\n"X-Key" = ["*******"],\n}\na = "b"'],
    ["password = 'hunter2'", "password = '*******'"],
    ['password = "hunter2\nb = 1', 'password = "*******\nb = 1'],
    ['password "hunter2"', 'password "*******"'],
    ['password = "hunter2" "hunter3"', 'password = "*******" "*******"'],
    ['b { password = "x" }\nc = "d"', 'b { password = "*" }\nc = "d"'],
    // In the URL of anything.
    ['url = "https://me:hunter2@host:80/x"', 'url = "https://me:*******@host:80/x"'],
    // A star for each byte.
    ['url = "https://me:hünter@host/x"', 'url = "https://me:*******@host/x"'],
    ['url = "https://host:80/x"', 'url = "https://host:80/x"'],
    ['url = "https://host:80/x@y"', 'url = "https://host:80/x@y"'],
    // What is none.
    ['username = "me"\nlabel = "password"', 'username = "me"\nlabel = "password"'],
    ['password_file = "/etc/pw"', 'password_file = "/etc/pw"'],
  ])('%j shows as %j', (text, expected) => {
    expect(hideSecrets(text, 100)).toBe(expected)
  })

  it('of problems hide them, carets stay in place, and messages tell nothing', () => {
    const text = 'a = 1 +\npassword "hunter-2" {\n}\nkey = "hunter-2" 2\nb = "http://u:hunter-2@h" 3\n'
    const parsed = parseFile('f', text)
    const found: readonly Diagnostic[] = parsed.ok ? [] : parsed.diagnostics
    expect(found.length).toBeGreaterThan(2)
    const shown = renderDiagnostics(found, new Map([['f', text]]))
    expect(shown).not.toContain('hunter')
    expect(shown).toContain('4 | key = "********" 2\n  |                  ^\n')
  })
})
