export const performance = { now: 1 }
