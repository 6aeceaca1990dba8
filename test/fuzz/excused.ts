/** What looks like a parser, is none of the table's, and why. A name per line, as complete.test.ts prints it. */

export const EXCUSED: Readonly<Record<string, string>> = {
  'core/cluster/incoming-body.ts:readBody': 'takes bytes as they come and reads nothing of them',
  'core/convert/load.ts:readOne': 'reads a file and hands it to convert, which is in the table',
  'core/graph/readable.ts:readSyntax': 'hands files to parseFile, which is in the table',
  'core/graph/settings-block.ts:decodeSettings': 'reads a tree that the parser has made: test/syntax/decode.test.ts',
  'core/graph/settings.ts:readSettings': 'reads a tree that the parser has made: test/graph/',
  'core/graph/sources.ts:readSources': 'reads files and hands them on',
  'core/syntax/decode.ts:decodeBlock': 'reads a tree that the parser has made: test/syntax/decode.test.ts',
  'core/outbound/secret-file.ts:readSecret': 'a whole file is the secret',
  'core/remote-write/queue/journal/checksum.ts:*': 'a sum over bytes, whatever they are',
  'adapters/cli/flags.ts:parseFlags': 'the command line, written by whoever starts the agent: test/adapters/cli/',
  'adapters/cli/operands.ts:readInput': 'reads a file or the standard input and hands it on',
  'adapters/shared/dns-query.ts:*': 'waits for the length in front of an answer by TCP; the answer is in the table',
  'adapters/shared/pages.ts:*': 'the list of files that the build has written beside them',
  'adapters/shared/version.ts:*': "the agent's own package.json",
}
