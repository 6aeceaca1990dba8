/** Flags of `skein run` and `skein validate` about configurations in other formats: Alloy's, with its names and defaults. */
import type { ConvertedLoadOptions } from '../../core/convert/load.ts'
import type { Flag } from './flag.ts'

export const CONVERSION_FLAGS: readonly Flag[] = [
  {
    name: 'config.format',
    kind: 'text',
    fallback: 'alloy',
    help: 'Language of the configuration',
    values: ['alloy', 'prometheus', 'static'],
  },
  {
    name: 'config.bypass-conversion-errors',
    kind: 'boolean',
    fallback: 'false',
    help: 'Run what could be converted of another format, without what could not',
  },
  {
    name: 'config.extra-args',
    kind: 'text',
    fallback: '',
    value: 'ARGUMENTS',
    help: 'Arguments of that conversion: --with-clustering lets the nodes of a cluster share the targets',
  },
]

/** For those who read a configuration; nothing for the language of the agent itself. */
export function conversionOf(values: ReadonlyMap<string, string>): { readonly convert?: ConvertedLoadOptions } {
  const format = values.get('config.format')
  if (format !== 'prometheus' && format !== 'static') return {}
  const bypassErrors = values.get('config.bypass-conversion-errors') === 'true'
  return { convert: { format, bypassErrors, extraArgs: values.get('config.extra-args') as string } }
}
