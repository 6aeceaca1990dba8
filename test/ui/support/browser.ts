/** A browser with the built pages and made-up answers in front of it. Built once for a test file, into a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildUi } from '../../../scripts/ui.mjs'
import { type Canned, type CannedOptions, startCanned } from './canned-server.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The browsers of the tests are those that are there: none is fetched. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

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
