/** Texts of all characters there are. fast-check's own `binary` unit says the same, and takes a second to set up in each process. */
import * as fc from 'fast-check'

const SURROGATES = 0xd800
const HOW_MANY = 0x800

/** Of any code point but lone surrogates. */
export function anyText(constraints: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  const codePoint = fc.integer({ min: 0, max: 0x10ffff - HOW_MANY })
  const unit = codePoint.map((code) => String.fromCodePoint(code < SURROGATES ? code : code + HOW_MANY))
  return fc.string({
    ...constraints,
    unit: fc.oneof(
      unit,
      fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCodePoint(code)),
    ),
  })
}
