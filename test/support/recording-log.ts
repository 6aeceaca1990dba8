import type { LogFields, Logger } from '../../core/telemetry/logger.ts'

export interface RecordingLog extends Logger {
  /** `level message {"field":…}` of every line. */
  readonly lines: readonly string[]
  messages(): string[]
}

/** A logger that keeps its lines for the test to look at. */
export function recordingLog(): RecordingLog {
  const lines: string[] = []
  const messages: string[] = []
  const loggerWith = (constant: LogFields): Logger => {
    const at = (level: string) => (message: string, fields?: LogFields) => {
      messages.push(message)
      lines.push(`${level} ${message} ${JSON.stringify({ ...constant, ...fields })}`)
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => loggerWith({ ...constant, ...fields }),
    }
  }
  return { ...loggerWith({}), lines, messages: () => messages }
}
