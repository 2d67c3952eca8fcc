/** What a journal can keep and another machine can read back: plain JSON values. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
