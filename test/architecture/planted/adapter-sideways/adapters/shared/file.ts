export const file = 1
