// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this
import { describe, expect, it } from 'vitest'
import { compileTemplate, expandTemplate } from '../../core/labels/template.ts'

describe('templates', () => {
  const names = ['', 'name', '', 'twice', 'twice']
  const match = ['whole', 'one', undefined, undefined, 'four']
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['$0', 'whole'],
    ['$1', 'one'],
    ['${1}', 'one'],
    ['$1$1', 'oneone'],
    ['a${1}b', 'aoneb'],
    ['$2', ''],
    ['$9', ''],
    ['$01', ''],
    ['$name', 'one'],
    ['${name}s', 'ones'],
    ['$names', ''],
    ['$twice', 'four'],
    ['$1_x', ''],
    ['${1}_x', 'one_x'],
    ['$1é', ''],
    ['$1-é', 'one-é'],
    ['$$', '$'],
    ['$$1', '$1'],
    ['$$$1', '$one'],
    ['$', '$'],
    ['$-', '$-'],
    ['a$', 'a$'],
    ['${', '${'],
    ['${1', '${1'],
    ['${}', '${}'],
    ['${a b}', '${a b}'],
    ['${$1}', '${one}'],
    ["$& $` $' $<name>", "$& $` $' $<name>"],
    ['$99999999999', ''],
  ])('%s gives %j', (source, expected) => {
    expect(expandTemplate(compileTemplate(source, names), match)).toBe(expected)
  })

  it('knows when the result is always the same', () => {
    expect(compileTemplate('a$$b', names).constant).toBe('a$b')
    expect(compileTemplate('', names).constant).toBe('')
    expect(compileTemplate('$9', names).constant).toBe('')
    expect(compileTemplate('$1', names).constant).toBeUndefined()
    expect(compileTemplate('${1}x', names).constant).toBeUndefined()
  })
})
