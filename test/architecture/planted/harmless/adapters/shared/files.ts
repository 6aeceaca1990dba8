// `../shared` is a folder of this repository.
export const files = 1
