import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type AuthSettings, createAuth } from '../../core/cluster/auth.ts'
import { readSecrets } from '../../core/cluster/auth-secrets.ts'
import { fakePorts } from '../components/fake-ports.ts'
import { recordingLog } from '../support/recording-log.ts'

const SECRET = 'a secret of more than thirty-two bytes'
const OTHER = 'another secret of that many bytes, or more'
const PATH = '/secret'

function setup(secret: string, settings: Partial<AuthSettings> = {}, fakes = fakePorts()) {
  fakes.files.put(PATH, secret)
  const log = recordingLog()
  const auth = createAuth(
    { secretFile: PATH, tokenLifetimeMs: 60_000, nodeName: 'n1', clusterName: 'prod', ...settings },
    { clock: fakes.clock, files: fakes.files, log },
  )
  const judge = async (header: string | undefined) => {
    const verdict = await auth.verify(header, '10.0.0.9:1')
    return verdict.ok ? 'ok' : verdict.reason
  }
  return { ...fakes, auth, log, judge }
}

/** A token made by hand; undefined leaves a claim out. */
async function token(now: number, claims: Record<string, unknown> = {}, secret = SECRET, alg = 'HS256') {
  const seconds = Math.floor(now / 1000)
  const all = { iss: 'skein', aud: 'prod', sub: 'n2', iat: seconds, exp: seconds + 60, ...claims }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return `Bearer ${await new SignJWT(given).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))}`
}

describe('tokens', () => {
  it('are known without a word when they are only looked at', async () => {
    const one = setup(SECRET)
    const header = await setup(SECRET, { nodeName: 'n2' }).auth.authorization()
    const others = [await setup(OTHER).auth.authorization(), 'Bearer of.bad.news', 'Basic YTpi', '']
    expect(await one.auth.knows(header)).toBe(true)
    for (const other of others) expect(await one.auth.knows(other)).toBe(false)
    expect(one.auth.refusals().size).toBe(0)
    expect(one.log.lines).toEqual([])
  })

  it('of a peer with the same secret are taken, again and again', async () => {
    const one = setup(SECRET)
    const two = setup(SECRET, { nodeName: 'n2' })
    const header = await two.auth.authorization()
    expect(header).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
    expect([await one.judge(header), await one.judge(header)]).toEqual(['ok', 'ok'])
    expect(one.auth.refusals().size).toBe(0)
  })

  it('that are looked at while the secret changes are not remembered', async () => {
    const { auth, files } = setup(SECRET)
    const header = await setup(SECRET, { nodeName: 'n2' }).auth.authorization()
    const judging = auth.knows(header)
    files.put(PATH, OTHER)
    expect([await judging, await auth.knows(header)]).toEqual([true, false])
  })

  it('are signed once for half of their lifetime', async () => {
    const { auth, clock } = setup(SECRET)
    const first = await auth.authorization()
    await clock.advance(29_000)
    expect(await auth.authorization()).toBe(first)
    await clock.advance(1_000)
    expect(await auth.authorization()).not.toBe(first)
  })

  it('are made anew when the wall clock jumps back', async () => {
    const { auth, clock, judge } = setup(SECRET)
    await auth.authorization()
    clock.setWall(clock.now() - 3_600_000)
    expect(await judge(await auth.authorization())).toBe('ok')
  })

  it('that are missing or senseless are refused', async () => {
    const { judge } = setup(SECRET)
    expect(await judge(undefined)).toBe('missing')
    expect(await judge('')).toBe('missing')
    for (const header of ['Basic YTpi', 'Bearer', 'Bearer x', 'Bearer a.b.c', `Bearer ${'x'.repeat(5000)}`]) {
      expect(await judge(header)).toBe('malformed')
    }
  })

  it('of another secret, cluster, issuer or algorithm are refused', async () => {
    const { judge, clock } = setup(SECRET)
    const now = clock.now()
    expect(await judge(await token(now, {}, OTHER))).toBe('signature')
    expect(await judge(await token(now, { aud: 'test' }))).toBe('other-cluster')
    expect(await judge(await token(now, { aud: '' }))).toBe('other-cluster')
    expect(await judge(await token(now, { aud: undefined }))).toBe('malformed')
    expect(await judge(await token(now, { iss: 'somebody' }))).toBe('malformed')
    expect(await judge(await token(now, { exp: undefined }))).toBe('malformed')
    expect(await judge(await token(now, {}, SECRET.repeat(2), 'HS512'))).toBe('malformed')
    const none = `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"iss":"skein","aud":"prod"}')}.`
    expect(await judge(none.replaceAll('=', ''))).toBe('malformed')
    expect(await judge(await token(now))).toBe('ok')
  })

  it('of an unnamed cluster are for unnamed clusters only', async () => {
    const { judge, clock, auth } = setup(SECRET, { clusterName: '' })
    expect(await judge(await token(clock.now()))).toBe('other-cluster')
    expect(await judge(await auth.authorization())).toBe('ok')
  })

  it('are refused when they have expired, with 10 s of leeway, also remembered ones', async () => {
    const { judge, clock } = setup(SECRET)
    const header = await token(clock.now())
    expect(await judge(header)).toBe('ok')
    await clock.advance(69_000)
    expect(await judge(header)).toBe('ok')
    await clock.advance(2_000)
    expect(await judge(header)).toBe('expired')
    expect(await judge(header)).toBe('expired')
  })

  it('from the future are refused', async () => {
    const { judge, clock } = setup(SECRET)
    expect(await judge(await token(clock.now() + 9_000))).toBe('ok')
    expect(await judge(await token(clock.now() + 20_000))).toBe('expired')
  })

  it('that are refused are counted each, and logged now and then', async () => {
    const { judge, log, auth, clock } = setup(SECRET)
    for (let i = 0; i < 20; i++) await judge(undefined)
    await judge('Bearer x')
    expect(Object.fromEntries(auth.refusals())).toEqual({ missing: 20, malformed: 1 })
    expect(log.lines.filter((line) => line.startsWith('warn refused a peer'))).toHaveLength(2)
    await clock.advance(10_000)
    await judge(undefined)
    expect(log.lines.at(-1)).toContain('"refused":21')
    expect(log.lines.join()).not.toContain('Bearer')
  })
})

describe('the secret', () => {
  it('can be replaced node by node: the first line signs, all verify', async () => {
    const before = setup(SECRET)
    const during = setup(`${SECRET}\n${OTHER}\n`)
    const after = setup(`${OTHER}\n\n${SECRET}`)
    for (const [from, to] of [
      [before, during],
      [during, before],
      [during, after],
      [after, during],
    ]) {
      expect(await to.judge(await from.auth.authorization())).toBe('ok')
    }
    expect(await before.judge(await after.auth.authorization())).toBe('signature')
  })

  it('is read again when its file changes or when asked, and kept when the new one is bad', async () => {
    const { auth, files, judge, clock, log } = setup(SECRET)
    const old = await auth.authorization()
    files.put(PATH, OTHER)
    expect(await judge(old)).toBe('signature')
    expect(await judge(await token(clock.now(), {}, OTHER))).toBe('ok')
    files.put(PATH, 'short')
    expect(log.lines.at(-1)).toContain('a secret has 32 bytes or more')
    expect(await judge(await token(clock.now(), {}, OTHER))).toBe('ok')
    files.putUnnoticed(PATH, SECRET)
    expect(await judge(await token(clock.now()))).toBe('signature')
    auth.reload()
    expect(await judge(await token(clock.now()))).toBe('ok')
    expect(log.lines.join()).not.toContain('thirty-two')
    auth.close()
    expect(files.watched).toEqual([])
  })

  it.each([
    ['', 'is empty'],
    ['\n\n', 'is empty'],
    [`${SECRET}\nshort`, ', line 2: a secret has 32 bytes or more'],
    [`${SECRET}\n`.repeat(17), 'more than 16 lines'],
  ])('%j is refused', (text, problem) => {
    const { files } = fakePorts()
    files.put(PATH, text)
    expect(readSecrets(files, PATH)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) })
  })

  it('that is missing is refused', () => {
    expect(readSecrets(fakePorts().files, PATH)).toMatchObject({
      ok: false,
      problem: "can't read /secret: ENOENT: no such file or directory, open '/secret'",
    })
  })
})
