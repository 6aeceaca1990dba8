export interface Answer { readonly at: string }
