/**
 * `node deploy/mixin/build.mjs [--out folder] [--docs URL] [--cluster-labels a,b,…]`
 *
 * Writes alerts.yaml and dashboards/ from source/. Without arguments beside itself, as they are committed: run it after a change
 * to the source; test/mixin/ fails until then.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mixinFiles } from './source/files.mjs'

const { values } = parseArgs({
  options: { out: { type: 'string' }, docs: { type: 'string' }, 'cluster-labels': { type: 'string' } },
})
const out = values.out ?? dirname(fileURLToPath(import.meta.url))
const files = mixinFiles({
  ...(values.docs === undefined ? {} : { docs: values.docs.replace(/\/+$/, '') }),
  ...(values['cluster-labels'] === undefined ? {} : { cluster: values['cluster-labels'].split(',') }),
})

mkdirSync(join(out, 'dashboards'), { recursive: true })
if (values.out === undefined) {
  // What is no longer made must not stay.
  for (const name of readdirSync(join(out, 'dashboards'))) {
    if (!files.has(`dashboards/${name}`)) rmSync(join(out, 'dashboards', name))
  }
}
for (const [path, text] of files) writeFileSync(join(out, path), text)
console.log(`wrote ${files.size} files to ${out}`)
