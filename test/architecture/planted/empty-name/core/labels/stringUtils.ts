export const empty = ''
