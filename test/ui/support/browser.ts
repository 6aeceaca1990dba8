/** A browser with the built pages and made-up answers in front of it. Built once for a test file, into a folder of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { describe } from 'vitest'
import { buildUi } from '../../../scripts/ui.mjs'
import { type Canned, type CannedOptions, startCanned } from './canned-server.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The browsers of the tests are those that are there: none is fetched. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why there is no browser to test with; undefined when there is one. */
export const MISSING: string | undefined = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is missing`

/** For suites that need it. */
export const inBrowser: ReturnType<typeof describe.skipIf> = describe.skipIf(MISSING !== undefined)

export interface BuiltPages {
  readonly folder: URL
  /** Bytes of each file. */
  readonly sizes: Readonly<Record<string, number>>
  remove(): void
}

export async function buildPages(): Promise<BuiltPages> {
  const folder = mkdtempSync(join(tmpdir(), 'skein-ui-'))
  const sizes = await buildUi(root, folder)
  return { folder: pathToFileURL(`${folder}/`), sizes, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  readonly server: Canned
  /** What the browser complained about: errors of scripts, of the console, of the content security policy. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function visit(
  browser: Browser,
  canned: CannedOptions,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const server = await startCanned(canned)
  const context = await browser.newContext({ baseURL: server.url, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  return {
    page,
    context,
    server,
    complaints,
    async close() {
      await context.close()
      await server.close()
    },
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** What keeps somebody from using the page, minor things left out. */
export async function barriers(page: Page): Promise<readonly string[]> {
  // The policy of the page forbids to add scripts to it, but not what the test itself runs.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
    return violations
      .filter(({ impact }) => impact !== 'minor')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 150)} ${failureSummary}`).join(' | ')}`,
      )
  })
}
