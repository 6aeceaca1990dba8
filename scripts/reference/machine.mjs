/**
 * docs/reference/components.json: the same for editors and other programs. Blocks that stand in several components are
 * described once, under `shared`, and referred to by name.
 */
import { fieldsByKind } from './bodies.mjs'

/**
 * @param {import('./facts.d.mts').Facts} facts
 * @param {ReadonlyMap<unknown, string>} shared
 * @returns {string} JSON
 */
export function machineReadable({ components, blocks, functions, constants }, shared) {
  const description = {
    format: 1,
    components: components.map(({ name, stability, about, schema }) => ({
      name,
      stability,
      doc: about?.does ?? '',
      page: `${name}.md`,
      label: 'required',
      ...body(schema, shared),
      exports: about?.exports ?? [],
    })),
    blocks: blocks.map(({ name, stability, does, label, state, schema }) => ({
      name,
      stability,
      doc: does,
      state,
      label,
      ...body(schema, shared),
    })),
    shared: Object.fromEntries([...shared].map(([schema, name]) => [name, body(schema, shared)])),
    functions,
    constants: Object.entries(constants).map(([name, doc]) => ({ name: `constants.${name}`, type: 'string', doc })),
  }
  return `${JSON.stringify(description, undefined, 1)}\n`
}

function body(schema, shared) {
  const { attributes, blocks, refused } = fieldsByKind(schema)
  return {
    attributes: attributes.map(([name, { type, required, fallback, doc }]) => ({
      name,
      type: type.name,
      ...wordsOf(type.name),
      required,
      // In the notation of configurations.
      ...(required || fallback === undefined ? {} : { default: type.format(fallback) }),
      ...(type.secret ? { secret: true } : {}),
      doc,
    })),
    blocks: blocks.map(([name, { schema: inner, occurs, doc }]) => ({
      name,
      required: occurs === 'required',
      repeated: occurs === 'repeated',
      label: inner.labelled ? 'required' : 'none',
      doc,
      ...(shared.has(inner) ? { shared: shared.get(inner) } : body(inner, shared)),
    })),
    refused: refused.map(([name, { attribute, reason }]) => ({
      name,
      kind: attribute === undefined ? 'block' : 'attribute',
      reason,
    })),
  }
}

/** The words that an argument may be, when it is one of a few. */
function wordsOf(type) {
  const words = type.match(/"[^"]*"/g)
  return words === null || words.join(' | ') !== type ? {} : { values: words.map((word) => JSON.parse(word)) }
}
