/**
 * The lower half of the formatter: takes tokens and soft whitespace in order, and puts the comments of the source back
 * between them, where they stood relative to the tokens. Whitespace waits until the next token, since a comment in
 * between replaces some of it, and since none belongs at the end of the file.
 */

import type { Comment, CommentGroup, Position } from './ast.ts'
import { createElasticWriter } from './elastic.ts'

/** `align` ends a cell of a column; `newline` ends the line, `break` the line and the columns. */
export type Space = 'blank' | 'align' | 'newline' | 'break' | 'indent' | 'unindent'

export interface TokenWriter {
  /** `at` is where the token stands in the source; without it, right after the one before. */
  token(text: string, at?: Position): void
  space(...spaces: readonly Space[]): void
  /** Writes what is left and returns the whole text, without a newline at the end. */
  finish(): string
}

/** More newlines than this in a row say nothing more. */
const MAX_NEWLINES = 2

export function createTokenWriter(comments: readonly CommentGroup[]): TokenWriter {
  const out = createElasticWriter()
  const pendingComments = comments.flat()
  let nextComment = 0
  let pending: Space[] = []
  let indentation = 0
  let atLineStart = true
  let empty = true
  // Where we are in the source, as far as known: the place right after what was written last.
  let offset = 0
  let line = 1
  let lastLine = 1
  let afterInteger = false

  function startsBy(until: number): boolean {
    return nextComment < pendingComments.length && pendingComments[nextComment].span.start.offset <= until
  }

  function indentLine(): void {
    if (!atLineStart) return
    for (let i = 0; i < indentation; i++) out.tab(true)
    atLineStart = false
  }

  function write(text: string): void {
    indentLine()
    empty = false
    out.text(text)
  }

  function newlines(count: number, endsColumns: boolean): void {
    for (let i = 0; i < Math.min(count, MAX_NEWLINES); i++) {
      // Also on an empty line: its cells keep or end the columns around it, as they do in Alloy.
      indentLine()
      if (endsColumns) out.formfeed()
      else out.newline()
      atLineStart = true
    }
  }

  function flushSpaces(spaces: readonly Space[]): void {
    for (const space of spaces) {
      if (space === 'indent') indentation++
      else if (space === 'unindent') indentation--
      else if (space === 'newline' || space === 'break') newlines(1, space === 'break')
      else {
        indentLine()
        if (space === 'blank') out.blank()
        else out.tab(false)
      }
    }
  }

  /** The comments that stand before `until`, and the whitespace around them; `nextLine` is the line of what follows. */
  function flushComments(until: number, nextLine: number | undefined): void {
    let last: Comment | undefined
    while (startsBy(until)) {
      const comment = pendingComments[nextComment++]
      beforeComment(comment, nextLine)
      write(comment.text)
      lastLine = comment.span.end.line
      last = comment
    }
    if (last === undefined || nextLine === undefined) return

    if (last.text.startsWith('/*') && nextLine === last.span.end.line) out.blank()
    const breaks = pending.includes('break')
    flushSpaces(pending.filter((space) => space === 'indent' || space === 'unindent'))
    pending = []
    newlines(nextLine - lastLine, breaks)
  }

  function beforeComment(comment: Comment, nextLine: number | undefined): void {
    if (empty) return
    const { line: commentLine } = comment.span.start
    if (commentLine === lastLine) {
      // Between two tokens of a line a space will do; at the end of a line comments are aligned.
      if (commentLine === nextLine) out.blank()
      else out.tab(true)
      return
    }
    // What was going to be indented behind the comment is so already in front of it, up to the line break that it replaces.
    const first = pending.findIndex((space) => space !== 'indent' && space !== 'unindent')
    if (first > 0) flushSpaces(pending.splice(0, first))
    const index = pending.findIndex((space) => space !== 'indent' && space !== 'unindent')
    if (index !== -1) pending.splice(index, 1)
    newlines(commentLine - lastLine, true)
  }

  return {
    token(text, at) {
      if (at !== undefined) ({ offset, line } = at)
      if (afterInteger && text === '.' && pending.length === 0) pending.push('blank')
      // Without a place (commas, dots, equals signs) comments wait for the next token that has one.
      if (at !== undefined && startsBy(offset)) flushComments(offset, line)
      else flushSpaces(pending)
      pending = []

      const rows = text.split('\n')
      write(rows[0])
      // Raw strings span lines, which are theirs alone: no indentation.
      for (const row of rows.slice(1)) {
        out.newline()
        out.text(row)
      }
      afterInteger = /^\d+$/.test(text)
      offset += text.length
      line += rows.length - 1
      lastLine = line
    },
    space(...spaces) {
      pending.push(...spaces)
      afterInteger = false
    },
    finish() {
      flushComments(Number.POSITIVE_INFINITY, undefined)
      return out.finish()
    },
  }
}
