/**
 * The tree that the parser builds: plain, read-only data. Every node knows where it stands in its file, so that
 * whatever looks at it later can point at the source.
 *
 * Follows the Alloy configuration language (the grammar is in parser.ts). Of text with errors the tree has what could be
 * read: whole statements, in blocks that say when something of theirs is missing.
 */

/** A place in a source file. */
export interface Position {
  /** Bytes from the start of the file, from 0. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  /** Bytes (UTF-8) from the start of the line, from 1. */
  readonly column: number
}

/** A stretch of one source file; `end` is the last byte of it, not the one after. */
export interface Span {
  readonly file: string
  readonly start: Position
  readonly end: Position
}

/** One word of the source, with its place. */
export interface Name {
  readonly text: string
  readonly span: Span
}

export interface File {
  readonly kind: 'file'
  readonly name: string
  readonly body: Body
  /** In source order; comments on adjacent lines form one group. */
  readonly comments: readonly CommentGroup[]
}

/** Statements in source order. */
export type Body = readonly Statement[]
export type Statement = Attribute | Block

/** `name = value` */
export interface Attribute {
  readonly kind: 'attribute'
  readonly name: Name
  readonly value: Expression
  readonly span: Span
}

/** `one.two "label" { … }` */
export interface Block {
  readonly kind: 'block'
  /** The parts between the dots: `['prometheus', 'scrape']`. Never empty. */
  readonly name: readonly string[]
  readonly nameSpan: Span
  /** Empty when there is none. */
  readonly label: string
  /** Covers the quotes too; absent when there is no label. */
  readonly labelSpan?: Span
  /** Where `{` stands; `}` is at `span.end`. */
  readonly open: Position
  readonly body: Body
  /** Of text with errors: statements of this body are missing here, or may be. */
  readonly damaged?: true
  /** From the name to the closing brace. */
  readonly span: Span
}

export type Expression =
  | Identifier
  | Literal
  | ArrayExpression
  | ObjectExpression
  | AccessExpression
  | IndexExpression
  | CallExpression
  | UnaryExpression
  | BinaryExpression
  | ParenExpression

export interface Identifier {
  readonly kind: 'identifier'
  readonly name: string
  readonly span: Span
}

export type LiteralType = 'null' | 'bool' | 'number' | 'float' | 'string'

export interface Literal {
  readonly kind: 'literal'
  readonly type: LiteralType
  /** As written: quotes, escapes and the spelling of numbers included. */
  readonly text: string
  readonly span: Span
}

/** `[a, b]`; the brackets are the ends of the span. */
export interface ArrayExpression {
  readonly kind: 'array'
  readonly elements: readonly Expression[]
  readonly span: Span
}

/** `{ a = 1, "b" = 2 }`; the braces are the ends of the span. */
export interface ObjectExpression {
  readonly kind: 'object'
  readonly fields: readonly ObjectField[]
  readonly span: Span
}

export interface ObjectField {
  /** The key: of a quoted one, the raw text between the quotes (escapes are not read, as in Alloy). */
  readonly name: Name
  readonly quoted: boolean
  readonly value: Expression
}

/** `value.name` */
export interface AccessExpression {
  readonly kind: 'access'
  readonly value: Expression
  readonly name: Name
  readonly span: Span
}

/** `value[index]` */
export interface IndexExpression {
  readonly kind: 'index'
  readonly value: Expression
  readonly index: Expression
  /** Where `[` stands; `]` is at `span.end`. */
  readonly open: Position
  readonly span: Span
}

/** `value(args)` */
export interface CallExpression {
  readonly kind: 'call'
  readonly value: Expression
  readonly args: readonly Expression[]
  /** Where `(` stands; `)` is at `span.end`. */
  readonly open: Position
  readonly span: Span
}

export type UnaryOperator = '!' | '-'

export interface UnaryExpression {
  readonly kind: 'unary'
  readonly operator: UnaryOperator
  readonly value: Expression
  readonly span: Span
}

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^'

export interface BinaryExpression {
  readonly kind: 'binary'
  readonly operator: BinaryOperator
  readonly operatorPosition: Position
  readonly left: Expression
  readonly right: Expression
  readonly span: Span
}

/** `(inner)` */
export interface ParenExpression {
  readonly kind: 'paren'
  readonly inner: Expression
  readonly span: Span
}

export interface Comment {
  /** With its `//`, or with its opening and closing marks. */
  readonly text: string
  readonly span: Span
}

export type CommentGroup = readonly Comment[]

/** `prometheus.scrape` of a block. */
export function blockName(block: Block): string {
  return block.name.join('.')
}

/** `prometheus.scrape.default`: the name by which the configuration refers to a block. */
export function blockId(block: Block): string {
  return block.label === '' ? blockName(block) : `${blockName(block)}.${block.label}`
}
