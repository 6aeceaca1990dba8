/** How receivers of the large clouds want requests signed: blocks of the same names and fields. */
import { attribute, block, type Expression, given, type Statement } from './alloy.ts'
import type { Fields } from './fields.ts'
import { file, optional } from './http-client.ts'

export function cloudLogins(fields: Fields): readonly Statement[] {
  return [...sigv4(fields), ...azuread(fields), ...googleIam(fields)]
}

function sigv4(fields: Fields): readonly Statement[] {
  // `sigv4: {}` means: with the credentials of the environment.
  const section = fields.section('sigv4')
  if (section === undefined) return []
  const body = ['region', 'access_key', 'secret_key', 'profile', 'role_arn'].flatMap((name) =>
    given(name, optional(section, name)),
  )
  for (const name of ['external_id', 'use_fips_sts_endpoint']) section.unsupported(name, `sigv4 ${name}`, 'error')
  section.rest()
  return [block('sigv4', '', body)]
}

const WAYS: Readonly<Record<string, readonly string[]>> = {
  managed_identity: ['client_id'],
  oauth: ['client_id', 'client_secret', 'tenant_id'],
  sdk: ['tenant_id'],
  workload_identity: ['client_id', 'tenant_id', 'token_file_path'],
}

function azuread(fields: Fields): readonly Statement[] {
  const section = fields.section('azuread')
  if (section === undefined) return []
  const cloud = optional(section, 'cloud')
  const ways = Object.entries(WAYS).flatMap(([name, names]) => {
    const way = section.section(name)
    if (way === undefined) return []
    const body = names.flatMap((field) => given(field, azureField(way, field)))
    way.rest()
    return [block(name, '', body)]
  })
  section.unsupported('scope', 'azuread scope', 'error')
  section.rest()
  return [block('azuread', '', [...(cloud === undefined ? [] : [attribute('cloud', cloud)]), ...ways])]
}

function azureField(way: Fields, name: string): Expression | undefined {
  return name.endsWith('_path') ? file(way, name) : optional(way, name)
}

function googleIam(fields: Fields): readonly Statement[] {
  const section = fields.section('google_iam')
  if (section === undefined) return []
  const body = given('credentials_file', file(section, 'credentials_file'))
  section.rest()
  return [block('google_iam', '', body)]
}
