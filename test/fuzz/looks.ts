/** What looks like a parser in a source file: exports by their names, and files by what they call. */

export interface Suspect {
  /** `path:export`; `path:*` for a file that reads something without saying so in the name of an export. */
  readonly name: string
  /** Any entry for the file will do. */
  readonly whole: boolean
}

const NAME =
  /^(?:parse|parsed|decode|read|unpack|decompress|uncompress|uncompressing|inflate|gunzip|scan|lex|tokenize|from)(?:[A-Z0-9]\w*)?$|Decode(?:r)?$|Parser$/

/** Of functions; those that make something that parses end in Parser or Decoder. */
export function looksLikeParser(name: string): boolean {
  return NAME.test(name) && !/^(?:read|parsed|from|scan)$/.test(name)
}

const EXPORT = /^export (?:async )?(?:function\*?|const) (\w+)/gm

/** Bytes or texts of others become something else here. */
const READS =
  /\bJSON\.parse\(|\bnew BinaryReader\(|\.readU?Int\d+|\.getU?int\d+\(|\.getUint\d+\(|\bdecodeURIComponent\(|\bDate\.parse\(|\bgunzipSync\(|\bX509Certificate\(|\bparseAllDocuments\(|\bparsedJson\(|\bjsonValue\(|\bjsonList\(/

export function suspectsIn(path: string, source: string): readonly Suspect[] {
  const suspects: Suspect[] = []
  for (const [, name] of source.matchAll(EXPORT)) {
    if (looksLikeParser(name)) suspects.push({ name: `${path}:${name}`, whole: false })
  }
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  if (READS.test(code)) suspects.push({ name: `${path}:*`, whole: true })
  return suspects
}
