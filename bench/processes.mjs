// Child processes of the bench: started on a chosen core, measured from /proc, and never left behind.

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const running = new Set()

/** Kills what is still running; for the end of the bench, however it ends. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL')
}

/**
 * The cores to use, or undefined where pinning isn't possible: { agent, rig } as core numbers.
 * With one core, or without taskset, everything runs wherever the kernel puts it.
 */
export function pickCores() {
  if (spawnSync('taskset', ['--version']).error) return undefined
  const allowed = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s*(.*)$/m)?.[1] ?? ''
  const cores = allowed.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, n) => first + n)
  })
  return cores.length < 2 ? undefined : { agent: cores[0], rig: cores[1] }
}

/** Moves this process, and what it starts from now on, to a core. */
export function pinSelf(core) {
  spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)])
}

/** Starts a program with its output in `logFile`. Returns the child, with `ended` resolving to 'exit 0' or the like. */
export function start(command, args, { core, logFile, env, cwd }) {
  const log = openSync(logFile, 'a')
  const child = watch(spawn(...pinned(command, args, core), { stdio: ['ignore', log, log], cwd, env }))
  closeSync(log)
  return child
}

/** Starts one of the bench's own processes; `ask(question, details)` gets its answers (see answerParent). */
export function startHelper(file, { core }) {
  const child = watch(
    spawn(...pinned(process.execPath, [new URL(file, import.meta.url).pathname], core), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  const waiting = new Map()
  let nextId = 0
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    error === undefined ? resolve(answer) : reject(new Error(`${file}: ${error}`))
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended`))
  })
  child.ask = (question, details) =>
    new Promise((resolve, reject) => {
      const id = nextId++
      waiting.set(id, { resolve, reject })
      child.send({ id, question, details })
    })
  return child
}

/** The other side of `ask`: in a helper process, answers each question with the function of that name. */
export function answerParent(answers) {
  process.on('message', async ({ id, question, details }) => {
    try {
      process.send({ id, answer: await answers[question](details) })
    } catch (error) {
      process.send({ id, error: error.message })
    }
  })
  process.on('disconnect', () => process.exit())
}

function pinned(command, args, core) {
  return core === undefined ? [command, args] : ['taskset', ['-c', String(core), command, ...args]]
}

function watch(child) {
  running.add(child)
  child.ended = new Promise((resolve) => {
    const end = (text) => {
      running.delete(child)
      resolve(text)
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(signal ?? `exit ${code}`))
  })
  return child
}

/** Asks a process to end, and makes it end after `patience` milliseconds. Resolves to how it ended. */
export async function stop(child, patience) {
  child.kill('SIGTERM')
  const timer = new AbortController()
  const late = sleep(patience, undefined, { signal: timer.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  const ended = await child.ended
  timer.abort()
  await late
  return ended
}

// ---- /proc ----------------------------------------------------------------------------------------------------------

const TICKS_PER_SECOND = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100

/** User and system CPU seconds of a process with all its threads, and its resident bytes now. */
export function usage(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: Number(status.match(/^VmRSS:\s+(\d+) kB/m)[1]) * 1024,
  }
}

/** Seconds that a core has been busy with anything at all. */
export function coreBusySeconds(core) {
  const line = readFileSync('/proc/stat', 'utf8').match(new RegExp(`^cpu${core} (.*)$`, 'm'))
  if (line === null) return Number.NaN
  const [user, nice, system, , , irq, softirq] = line[1].split(' ').map(Number)
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND
}
