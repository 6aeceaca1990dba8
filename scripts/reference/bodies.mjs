/** What schemas say of the bodies of blocks: their fields in order, and which blocks stand in more than one place. */

/** Fields in order; those of a squashed schema stand in its place. */
export function fieldsOf(schema) {
  return Object.entries(schema.fields).flatMap(([name, field]) =>
    field.kind === 'squash' ? fieldsOf(field.schema) : [[name, field]],
  )
}

export function fieldsByKind(schema) {
  const fields = fieldsOf(schema)
  return {
    attributes: fields.filter(([, field]) => field.kind === 'attribute'),
    blocks: fields.filter(([, field]) => field.kind === 'block'),
    refused: fields.filter(([, field]) => field.kind === 'unavailable'),
  }
}

/**
 * Schemas of blocks that stand in more than one place, and what they are called: as the first of them, with the component
 * in front when another schema has that name already.
 */
export function sharedBlocks(definitions) {
  const places = new Map()
  const visit = (schema, owner) => {
    for (const [name, field] of fieldsOf(schema)) {
      if (field.kind !== 'block') continue
      const known = places.get(field.schema)
      if (known === undefined) places.set(field.schema, { name, owner, count: 1 })
      else known.count++
      if (known === undefined) visit(field.schema, owner)
    }
  }
  for (const { name, schema } of definitions) visit(schema, name)
  const shared = new Map()
  const taken = new Set()
  for (const [schema, { name, owner, count }] of places) {
    if (count < 2) continue
    const unique = taken.has(name) ? `${name} of ${owner}` : name
    taken.add(unique)
    shared.set(schema, unique)
  }
  return shared
}
