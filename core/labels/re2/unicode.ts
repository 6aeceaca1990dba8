/**
 * The classes `\p{…}` of Go's regexp: general categories with their aliases, scripts by their long names, and Any, ASCII
 * and Assigned; as in Go 1.25, case, blanks, `_` and `-` in names don't matter. The members come from the JavaScript
 * engine's own Unicode tables, so a script that is younger than the engine is unknown.
 */
import { ANY, negate, normalise, type Ranges } from './ranges.ts'

/** General categories: short name, then long names. */
const CATEGORIES = `
  C Other; Cc Control cntrl; Cf Format; Cn Unassigned; Co Private_Use; Cs Surrogate; L Letter; LC Cased_Letter;
  Ll Lowercase_Letter; Lm Modifier_Letter; Lo Other_Letter; Lt Titlecase_Letter; Lu Uppercase_Letter; M Mark Combining_Mark;
  Mc Spacing_Mark; Me Enclosing_Mark; Mn Nonspacing_Mark; N Number; Nd Decimal_Number digit; Nl Letter_Number; No Other_Number;
  P Punctuation punct; Pc Connector_Punctuation; Pd Dash_Punctuation; Pe Close_Punctuation; Pf Final_Punctuation;
  Pi Initial_Punctuation; Po Other_Punctuation; Ps Open_Punctuation; S Symbol; Sc Currency_Symbol; Sk Modifier_Symbol;
  Sm Math_Symbol; So Other_Symbol; Z Separator; Zl Line_Separator; Zp Paragraph_Separator; Zs Space_Separator`

const SCRIPTS = `
  Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Beria_Erfe Bhaiksuki
  Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian
  Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
  Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
  Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
  Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
  Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
  Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
  Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
  New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian
  Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
  Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham Sidetic
  SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le
  Tai_Tham Tai_Viet Tai_Yo Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Todhri Tolong_Siki Toto
  Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square`

/** Loose name -> property in JavaScript's syntax; made on the first use. */
let properties: Map<string, string> | undefined
/** Members by property: at most one entry per line above. */
const members = new Map<string, Ranges>()

/** Members of a class by the name inside `\p{…}`, or undefined when there is none. */
export function unicodeClass(name: string): Ranges | undefined {
  const key = loose(name)
  if (key === 'any') return ANY
  if (key === 'ascii') return [0, 0x7f]
  if (key === 'assigned') return negate(unicodeClass('Cn') as Ranges)
  properties ??= listProperties()
  const property = properties.get(key)
  if (property === undefined) return undefined
  let ranges = members.get(property)
  if (ranges === undefined) {
    ranges = scan(property)
    if (ranges !== undefined) members.set(property, ranges)
  }
  return ranges
}

function loose(name: string): string {
  return name.replace(/[ _-]/g, '').toLowerCase()
}

function listProperties(): Map<string, string> {
  const list = new Map<string, string>()
  for (const script of SCRIPTS.trim().split(/\s+/)) list.set(loose(script), `Script=${script}`)
  for (const line of CATEGORIES.split(';')) {
    const names = line.trim().split(/\s+/)
    for (const name of names) list.set(loose(name), names[0])
  }
  return list
}

/** Planes 4 to 13 are unassigned throughout, and 15 and 16 private but for their last two places. */
const UNIFORM = [
  0x40000, 0xdffff, 0xe1000, 0xeffff, 0xf0000, 0xffffd, 0xffffe, 0xfffff, 0x100000, 0x10fffd, 0x10fffe, 0x10ffff,
]
const SCANNED = [0, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0x3ffff, 0xe0000, 0xe0fff]
const CHUNK = 0x1000

/** A few milliseconds, once per property and process: reads runs of members off the engine's own matcher. */
function scan(property: string): Ranges | undefined {
  let runs: RegExp
  try {
    runs = new RegExp(`\\p{${property}}+`, 'gu')
  } catch {
    return undefined // this engine's Unicode tables are too old for it
  }
  const found: number[] = []
  for (let i = 0; i < SCANNED.length; i += 2) {
    for (let from = SCANNED[i]; from <= SCANNED[i + 1]; from += CHUNK) {
      const to = Math.min(from + CHUNK - 1, SCANNED[i + 1])
      const surrogates = from >= 0xd800 && from <= 0xdfff
      if (surrogates) {
        // Side by side they would join into other characters.
        if (String.fromCharCode(from).match(runs)) found.push(from, to)
        continue
      }
      const codes = Array.from({ length: to - from + 1 }, (_, at) => from + at)
      const units = from > 0xffff ? 2 : 1
      for (const run of String.fromCodePoint(...codes).matchAll(runs)) {
        found.push(from + run.index / units, from + (run.index + run[0].length) / units - 1)
      }
    }
  }
  for (let i = 0; i < UNIFORM.length; i += 2) {
    if (String.fromCodePoint(UNIFORM[i]).match(runs)) found.push(UNIFORM[i], UNIFORM[i + 1])
  }
  return normalise(found)
}
