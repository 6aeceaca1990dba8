/** Arguments of the conversion itself, as `--extra-args` takes them. Alloy knows none for these formats; we know one. */

export type ExtraArgs =
  | { readonly ok: true /** Every scrape shares its targets with the cluster. */; readonly clustering: boolean }
  | { readonly ok: false; readonly problem: string }

export function readExtraArgs(text: string): ExtraArgs {
  const args = text.split(/\s+/).filter((arg) => arg !== '')
  const unknown = args.find((arg) => !/^--?with-clustering(?:=(?:true|false))?$/.test(arg))
  if (unknown !== undefined) {
    return { ok: false, problem: `unknown argument ${JSON.stringify(unknown)}; there is only --with-clustering` }
  }
  return { ok: true, clustering: args.length > 0 && !args.at(-1)?.endsWith('=false') }
}
