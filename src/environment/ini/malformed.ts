/** What one line or value of an inventory has wrong; the reader adds file and line to it. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
