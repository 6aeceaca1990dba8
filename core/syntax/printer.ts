/**
 * The formatter: a tree back to text in the one canonical form, equal to `alloy fmt` byte for byte. Keeps the line
 * structure that people chose (which elements share a line, single blank lines), normalises everything else. What it
 * writes parses to the same tree and formats to itself.
 *
 * Differs from Alloy where Alloy changes the meaning: raw strings keep their blanks, object keys their escapes.
 */

import type {
  ArrayExpression,
  Block,
  Body,
  CallExpression,
  Expression,
  File,
  ObjectExpression,
  ObjectField,
  Position,
  Statement,
} from './ast.ts'
import { quote } from './quote.ts'
import { createTokenWriter, type TokenWriter } from './token-writer.ts'

export interface PrintOptions {
  /** Literals to be written as `"(secret)"`: what the decoder found out to be secret. */
  readonly secrets?: ReadonlySet<Expression>
}

/** A whole file, comments included, ending in one newline; empty for an empty file. */
export function printFile(file: File, options: PrintOptions = {}): string {
  const out = createTokenWriter(file.comments)
  printBody(out, file.body, options)
  const text = out.finish()
  return text === '' ? '' : `${text}\n`
}

/** One expression, without a newline at the end. */
export function printExpression(expression: Expression, options: PrintOptions = {}): string {
  const out = createTokenWriter([])
  print(out, expression, options)
  return out.finish()
}

function printBody(out: TokenWriter, body: Body, options: PrintOptions): void {
  for (const [index, statement] of body.entries()) {
    if (index > 0) {
      const blankLine = statement.span.start.line - body[index - 1].span.end.line > 1
      if (statement.kind === 'block' || blankLine) out.space('break')
    }
    printStatement(out, statement, options)
    out.space(statement.kind === 'block' || spansLines(statement.value) ? 'break' : 'newline')
  }
}

function printStatement(out: TokenWriter, statement: Statement, options: PrintOptions): void {
  if (statement.kind === 'block') {
    printBlock(out, statement, options)
    return
  }
  out.token(statement.name.text, statement.span.start)
  out.space('align')
  out.token('=')
  out.space('blank')
  print(out, statement.value, options)
}

function printBlock(out: TokenWriter, block: Block, options: PrintOptions): void {
  out.token(block.name.join('.'), block.span.start)
  out.space('blank')
  if (block.label !== '') {
    out.token(quote(block.label), block.labelSpan?.start)
    out.space('blank')
  }
  out.token('{', block.open)
  out.space('indent')
  if (block.body.length > 0) {
    out.space('break')
    printBody(out, block.body, options)
  } else {
    out.space('blank')
  }
  out.space('unindent')
  out.token('}', block.span.end)
}

function print(out: TokenWriter, expression: Expression, options: PrintOptions): void {
  switch (expression.kind) {
    case 'literal': {
      const secret = options.secrets?.has(expression) === true
      out.token(secret ? '"(secret)"' : expression.text, expression.span.start)
      return
    }
    case 'identifier':
      out.token(expression.name, expression.span.start)
      return
    case 'array':
      printArray(out, expression, options)
      return
    case 'object':
      printObject(out, expression, options)
      return
    case 'access':
      print(out, expression.value, options)
      out.token('.')
      out.token(expression.name.text, expression.name.span.start)
      return
    case 'index':
      print(out, expression.value, options)
      out.token('[', expression.open)
      print(out, expression.index, options)
      out.token(']', expression.span.end)
      return
    case 'call':
      printCall(out, expression, options)
      return
    case 'unary':
      out.token(expression.operator, expression.span.start)
      print(out, expression.value, options)
      return
    case 'binary':
      print(out, expression.left, options)
      out.space('blank')
      out.token(expression.operator, expression.operatorPosition)
      out.space('blank')
      print(out, expression.right, options)
      return
    case 'paren':
      out.token('(', expression.span.start)
      print(out, expression.inner, options)
      out.token(')', expression.span.end)
      return
  }
}

function printArray(out: TokenWriter, array: ArrayExpression, options: PrintOptions): void {
  out.token('[', array.span.start)
  printList(out, array.elements, array.span.start, array.span.end, options)
  out.token(']', array.span.end)
}

function printCall(out: TokenWriter, call: CallExpression, options: PrintOptions): void {
  print(out, call.value, options)
  out.token('(', call.open)
  printList(out, call.args, call.open, call.span.end, options)
  out.token(')', call.span.end)
}

/** What stands between the brackets of arrays and calls. */
function printList(
  out: TokenWriter,
  elements: readonly Expression[],
  open: Position,
  close: Position,
  options: PrintOptions,
): void {
  let previous = open
  for (const [index, element] of elements.entries()) {
    const ownLine = previous.line !== element.span.start.line
    // The indentation comes before the line break, so that comments in front of it are indented too.
    if (ownLine) out.space('indent', 'break')
    else if (index > 0) out.space('blank')
    print(out, element, options)
    if (index + 1 < elements.length) out.token(',')
    if (ownLine) out.space('unindent')
    previous = element.span.end
  }
  if (elements.length > 0 && previous.line !== close.line) {
    out.token(',')
    out.space('indent', 'break', 'unindent')
  }
}

function printObject(out: TokenWriter, object: ObjectExpression, options: PrintOptions): void {
  out.token('{', object.span.start)
  out.space('indent')
  let { line } = object.span.start
  for (const [index, field] of object.fields.entries()) {
    if (line !== field.name.span.start.line) {
      const aligned = index > 0 && !spansLines(object.fields[index - 1].value)
      out.space(aligned ? 'newline' : 'break')
    } else if (index > 0) {
      out.space('blank')
    }
    out.token(keyText(field), field.name.span.start)
    out.space('align')
    out.token('=')
    out.space('blank')
    print(out, field.value, options)
    if (index + 1 < object.fields.length) out.token(',')
    line = lineAfter(field)
  }
  if (object.fields.length > 0 && line !== object.span.end.line) {
    out.token(',')
    out.space('break')
  }
  out.space('unindent')
  out.token('}', object.span.end)
}

/** Escapes that the scanner takes: of one byte, or of a code point that exists and is no half of a surrogate pair. */
const DOUBLE_QUOTED =
  /^(?:[^"\\\n]|\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[\dA-Fa-f]{2}|(?:u|U0000)(?![Dd][89A-Fa-f])[\dA-Fa-f]{4}|U00(?:0[1-9A-Fa-f]|10)[\dA-Fa-f]{4}))*$/

/** Keys are raw text, so they must be written as they are; back quotes serve what double quotes can't hold. */
function keyText({ name, quoted }: ObjectField): string {
  if (!quoted) return name.text
  return DOUBLE_QUOTED.test(name.text) ? `"${name.text}"` : `\`${name.text}\``
}

/**
 * Whether an expression takes several lines when it is printed, apart from comments. Alloy asks how many it took in the
 * source; but breaks after operators are joined, so its answer can be another one when it formats its own output.
 */
function spansLines(expression: Expression): boolean {
  let answer = spansLinesAnswers.get(expression)
  if (answer === undefined) {
    answer = computeSpansLines(expression)
    spansLinesAnswers.set(expression, answer)
  }
  return answer
}

/** Asked on every level of a tree, about all levels below: without remembering, deep trees would take for ever. */
const spansLinesAnswers: WeakMap<Expression, boolean> = new WeakMap()

function computeSpansLines(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return expression.text.includes('\n')
    case 'identifier':
      return false
    case 'array':
      return listSpansLines(expression.elements, expression.span.start, expression.span.end)
    case 'call':
      return spansLines(expression.value) || listSpansLines(expression.args, expression.open, expression.span.end)
    case 'object':
      return objectSpansLines(expression)
    case 'access':
    case 'unary':
      return spansLines(expression.value)
    case 'index':
      return spansLines(expression.value) || spansLines(expression.index)
    case 'binary':
      return spansLines(expression.left) || spansLines(expression.right)
    case 'paren':
      return spansLines(expression.inner)
  }
}

function listSpansLines(elements: readonly Expression[], open: Position, close: Position): boolean {
  let previous = open
  for (const element of elements) {
    if (element.span.start.line !== previous.line || spansLines(element)) return true
    previous = element.span.end
  }
  return elements.length > 0 && previous.line !== close.line
}

function objectSpansLines({ fields, span }: ObjectExpression): boolean {
  let { line } = span.start
  for (const field of fields) {
    if (field.name.span.start.line !== line || spansLines(field.value)) return true
    line = lineAfter(field)
  }
  return fields.length > 0 && line !== span.end.line
}

/** Where Alloy takes a field to end: at its name when the value spans lines, so that a new line always follows. */
function lineAfter({ name, value }: ObjectField): number {
  return spansLines(value) ? name.span.end.line : value.span.end.line
}
