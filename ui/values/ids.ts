/** Ids of components: of one in a module, the module's stands before it. */
import type { WebComponent } from '../../core/api/web.ts'

export function idOf({ moduleID, localID }: Pick<WebComponent, 'moduleID' | 'localID'>): string {
  return moduleID === '' ? localID : `${moduleID}/${localID}`
}

/** The id of another component of the same module. */
export function siblingOf({ moduleID }: Pick<WebComponent, 'moduleID'>, localID: string): string {
  return idOf({ moduleID, localID })
}

/** As it stands in a path of the API: each part encoded, the slashes left. */
export function idInPath(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/')
}
