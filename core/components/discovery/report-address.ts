/** Reports what is wrong with the address of an API where it is written. */
import { CodedError, messageOf } from '../../errors.ts'
import type { ReportField } from '../../syntax/schema.ts'

/** `read` throws a CodedError when the address can't work. */
export function reportAddress(read: () => unknown, report: ReportField, field: string): void {
  try {
    read()
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    report(messageOf(thrown), field)
  }
}
