/**
 * Which names an expression or a block refers to, found without evaluating it: every identifier with the `.name`
 * accessors that follow. An index or a call cuts the chain, since only evaluation knows what comes out of it.
 */

import type { Attribute, Block, Body, Expression, Name, Span } from './ast.ts'

export interface Reference {
  /** `prometheus`, `remote_write`, `default`, `receiver`: the identifier and its accessors. Never empty. */
  readonly path: readonly Name[]
  /** From the identifier to the last accessor. */
  readonly span: Span
}

/** In source order; nested blocks included. */
export function referencesOf(node: Expression | Attribute | Block | Body): readonly Reference[] {
  const found: Reference[] = []
  if ('kind' in node) visitNode(node, found)
  else for (const statement of node) visitNode(statement, found)
  return found
}

/** `prometheus.remote_write.default` of the first `length` names, all of them by default. */
export function referenceText(reference: Reference, length: number = reference.path.length): string {
  return reference.path
    .slice(0, length)
    .map((name) => name.text)
    .join('.')
}

/** The span of the first `length` names. */
export function referenceSpan(reference: Reference, length: number): Span {
  return { ...reference.span, end: reference.path[Math.min(length, reference.path.length) - 1].span.end }
}

function visitNode(node: Expression | Attribute | Block, found: Reference[]): void {
  switch (node.kind) {
    case 'attribute':
      visitNode(node.value, found)
      return
    case 'block':
      for (const statement of node.body) visitNode(statement, found)
      return
    case 'identifier':
    case 'access': {
      const path = chain(node)
      if (path !== undefined) found.push({ path, span: node.span })
      else visitNode((node as { value: Expression }).value, found)
      return
    }
    case 'literal':
      return
    case 'array':
      for (const element of node.elements) visitNode(element, found)
      return
    case 'object':
      for (const field of node.fields) visitNode(field.value, found)
      return
    case 'index':
      visitNode(node.value, found)
      visitNode(node.index, found)
      return
    case 'call':
      visitNode(node.value, found)
      for (const arg of node.args) visitNode(arg, found)
      return
    case 'unary':
      visitNode(node.value, found)
      return
    case 'binary':
      visitNode(node.left, found)
      visitNode(node.right, found)
      return
    case 'paren':
      visitNode(node.inner, found)
      return
  }
}

/** The names of `a.b.c`; undefined when something else than an identifier is at its root. */
function chain(expression: Expression): readonly Name[] | undefined {
  const names: Name[] = []
  let current = expression
  while (current.kind === 'access') {
    names.push(current.name)
    current = current.value
  }
  if (current.kind !== 'identifier') return undefined
  names.push({ text: current.name, span: current.span })
  return names.reverse()
}
