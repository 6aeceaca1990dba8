/** discovery.file: targets from files that list them. The work is done in core/discovery. */
import { fileDiscovery } from '../../discovery/file.ts'
import { isFilePattern } from '../../discovery/file-pattern.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, type Infer } from '../../syntax/schema.ts'
import { duration, list, string } from '../../syntax/types.ts'
import { discoveryComponent } from './discovering.ts'

const PATTERN_HINT = 'it must end in .json, .yml or .yaml, and only its last element may have a *'

const schema = block(
  {
    files: attr.required(list(string), 'Paths of JSON or YAML files; the last element of a path may have wildcards.'),
    refresh_interval: attr.optional(duration, 300_000, 'How often the files are read again, changed or not.'),
  },
  {
    validate({ files, refresh_interval }, report) {
      for (const path of files) {
        if (!isFilePattern(path))
          report(`path name ${JSON.stringify(path)} is not valid for file discovery`, 'files', PATTERN_HINT)
      }
      if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
    },
  },
)

export const discoveryFile: AnyComponentDefinition = discoveryComponent<Infer<typeof schema>>({
  name: 'discovery.file',
  does: 'Reads targets from JSON and YAML files, and reads them again when they change.',
  schema,
  discovery: (args, surroundings) =>
    fileDiscovery({ files: args.files, refreshMs: args.refresh_interval }, surroundings),
})
