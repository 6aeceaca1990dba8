/** Walking over protobuf messages with the reader of @bufbuild/protobuf. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

export type Fields = Readonly<Record<number, (reader: BinaryReader) => unknown>>

/** Fields that have no reader are errors. */
export function eachField(reader: BinaryReader, fields: Fields): void {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const read = fields[number]
    if (read === undefined) throw new Error(`unexpected field ${number} of wire type ${WireType[wireType]}`)
    read(reader)
  }
}

export function message(reader: BinaryReader): BinaryReader {
  return new BinaryReader(reader.bytes())
}
